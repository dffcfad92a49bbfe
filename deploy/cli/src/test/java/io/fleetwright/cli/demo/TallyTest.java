package io.fleetwright.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TallyTest {
    private static JsonNode answer(String node, String figures) throws IOException {
        return new ObjectMapper().readTree("""
                        {"outputs":[{"data":[-128,5,3]}],
                         "parameters":{"node":"%s","device":"d0","variant":"w1.0-int8",%s}}""".formatted(node, figures));
    }

    @Test
    void measuredAndModelledFiguresAreMarkedAndUnknownEnergyIsNeverZero() throws IOException {
        Tally tally = new Tally(Map.of("a/d0", "cpu", "b/d0", "mcu"));
        assertThat(tally.add(answer("a", "\"latency_ms\":2.0,\"modelled\":false,\"energy_mj\":null"), 1))
                .isEqualTo("a/d0");
        tally.add(answer("b", "\"latency_ms\":4.0,\"modelled\":true,\"energy_mj\":0.5,\"energy_method\":\"model\""), 2);
        assertThat(tally.requests()).isEqualTo(2);
        assertThat(tally.correct()).isEqualTo(1);
        StringWriter text = new StringWriter();
        tally.table().print(new PrintWriter(text, true));
        String[] lines = text.toString().lines().toArray(String[]::new);
        assertThat(lines[1]).matches("a +d0 +cpu +w1.0-int8 +1 +1 +2.000 ms +measured +unknown");
        assertThat(lines[2]).matches("b +d0 +mcu +w1.0-int8 +1 +0 +4.000 ms +modelled +0.5000 mJ +model");
    }

    @Test
    void questionsCarryImagesThatTheNetworkAnswersRightly() throws ModelException {
        var graph = ModelReader.read(GlyphModels.bytes("w1.0-int8"), "glyphs");
        var input = graph.inputs().get(0);
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        Glyphs glyphs = new Glyphs(
                11,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("scale", input.scales().get(0).doubleValue())
                        .put("zeroPoint", input.zeroPoint()));
        int right = 0;
        for (int i = 0; i < 50; i++) {
            Glyphs.Question question = glyphs.next("n/d");
            JsonNode data = question.request().path("inputs").path(0).path("data");
            byte[] bytes = new byte[data.size()];
            for (int at = 0; at < bytes.length; at++) {
                bytes[at] = (byte) data.path(at).asInt();
            }
            byte[] out = new byte[interpreter.outputBytes()];
            interpreter.run(bytes, 0, out, 0);
            int best = 0;
            for (int at = 1; at < out.length; at++) {
                best = out[at] > out[best] ? at : best;
            }
            right += best == question.label() ? 1 : 0;
            assertThat(question.request().path("parameters").path("device").asText())
                    .isEqualTo("n/d");
        }
        assertThat(right).isGreaterThanOrEqualTo(45);
    }
}
