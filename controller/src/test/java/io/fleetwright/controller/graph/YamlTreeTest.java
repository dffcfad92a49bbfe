package io.fleetwright.controller.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.testkit.SeededCases;
import org.junit.jupiter.api.Test;

final class YamlTreeTest {
    private static final String TWO_EYES = """
            # Two images, one vote.
            name: two-eyes
            deadlineMs: 5000
            accuracyFloor: 0.9
            inputs:
              left: {shape: [1, 4, 4, 1], data: "AAAAAAAAAAAAAAAAAAAAAA=="}
            tasks:
              - id: l
                kind: model
                model: glyphs
                version: "1.0"
                inputs: ["input:left"]
              - id: c
                kind: transform
                transform: argmax
                parameters: {}
                inputs:
                  - task:l
            outputs: [c]
            """;

    @Test
    void aSpecificationIsTheJsonThatItStandsFor() throws Exception {
        assertThat(YamlTree.read(TWO_EYES).toString())
                .isEqualTo(new ObjectMapper().readTree("""
                {"name": "two-eyes", "deadlineMs": 5000, "accuracyFloor": 0.9,
                 "inputs": {"left": {"shape": [1,4,4,1], "data": "AAAAAAAAAAAAAAAAAAAAAA=="}},
                 "tasks": [{"id": "l", "kind": "model", "model": "glyphs", "version": "1.0", "inputs": ["input:left"]},
                  {"id": "c", "kind": "transform", "transform": "argmax", "parameters": {}, "inputs": ["task:l"]}],
                 "outputs": ["c"]}""").toString());
        GraphSpec read = GraphSpecReader.read(YamlTree.read(TWO_EYES));
        assertThat(read.name()).isEqualTo("two-eyes");
        assertThat(read.deadline().toMillis()).isEqualTo(5000);
        assertThat(read.accuracyFloor()).isEqualTo(0.9);
        assertThat(read.tasks()).hasSize(2);
        assertThat(read.inputs().get("left")).isInstanceOf(GraphSpec.Inline.class);
    }

    @Test
    void plainScalarsFollowTheRulesOfJson() {
        String text = "[1, -2, 1.5, true, null, no, 1_000, '1', 0x10, 2e3, 12345678901234567890]";
        assertThat(YamlTree.read(text))
                .hasToString("[1,-2,1.5,true,null,\"no\",\"1_000\",\"1\",\"0x10\",2000.0,12345678901234567890]");
    }

    private static void refuses(String part, String text) {
        assertThatThrownBy(() -> YamlTree.read(text)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID);
            assertThat(refusal).hasMessageContaining(part);
        });
    }

    @Test
    void whatCouldGrowOrRunIsRefusedWithItsLine() {
        refuses("line 1: anchors and aliases", "a: &x [1]\nb: *x");
        refuses("line 2: anchors and aliases", "a: 1\nb: *x");
        refuses("line 1: tags are not allowed", "!!java.net.URL [x]");
        refuses("line 1: tags are not allowed", "a: !!binary AAAA");
        refuses("line 2: key 'a' is empty or there twice", "a: 1\na: 2");
        refuses("line 1: a key must be a text", "? [1]\n: 2");
        refuses("line 3: a second document", "a: 1\n\n---\nb: 1");
        refuses("line 1: more than 16 levels", "[".repeat(40) + "]".repeat(40));
        refuses("line 2:", "a: [1\nb: 2");
        refuses("empty", "");
        refuses("empty", "# nothing");
        refuses("characters", "a".repeat(YamlTree.CHARS_MAX + 1));
    }

    @Test
    void damagedDocumentsAreReadOrRefusedAndNothingElse() {
        SeededCases.forEach(3, 500, (random, _) -> {
            StringBuilder text = new StringBuilder(TWO_EYES);
            for (int i = random.nextInt(1, 6); i > 0; i--) {
                text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(1, 300));
            }
            try {
                assertThat(YamlTree.read(text.toString())).isNotNull();
            } catch (Refusal refused) {
                assertThat(refused.kind()).isEqualTo(Refusal.Kind.INVALID);
            }
        });
    }
}
