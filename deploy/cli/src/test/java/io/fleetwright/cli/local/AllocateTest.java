package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.cli.Ran;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllocateTest {
    private static final String HEADER = "layer,trace,err8,err4,params,mmac,t4_ms,t8_ms,tie\n";

    /** Greedy takes the small layer first and has no room left for the large ones, which together gain more. */
    private static final String ROWS = """
            small,1,0,3,200,1,1,2,
            large,1,0,5,400,1,1,2,pair
            twin,1,0,5,400,1,1,2,pair
            """;

    @TempDir
    private Path folder = Path.of("");

    private Path table = Path.of("");

    @BeforeEach
    void writeTable() throws IOException {
        table = Files.writeString(folder.resolve("layers.csv"), HEADER + ROWS);
    }

    @Test
    void printsTheBestBitsWithGreedyBeside() throws IOException {
        var json = Ran.of("allocate", "--table", table, "--budget", "size:0.8", "--json")
                .json();
        assertThat(json.path("bits").toString()).isEqualTo("[4,8,8]");
        assertThat(json.path("objective").asDouble()).isEqualTo(3);
        assertThat(json.path("proven").asBoolean()).isTrue();
        assertThat(json.path("costs").path("size").asDouble()).isEqualTo(900);
        assertThat(json.path("greedy").path("bits").toString()).isEqualTo("[8,4,4]");
        assertThat(json.path("greedy").path("objective").asDouble()).isEqualTo(10);
        assertThat(json.has("front")).isFalse();
        assertThat(Ran.of("allocate", "--table", table, "--budget", "size:0.8").out())
                .contains("objective 3.00000 (optimal")
                .contains("size 900.000 of at most 900.000 bytes");
    }

    @Test
    void severalBudgetsHoldAtOnceAndASweepShowsTheFront() throws IOException {
        var json = Ran.of("allocate", "--table", table, "--budget", "size:0.8,latency:0.4", "--sweep", "--json")
                .json();
        assertThat(json.path("bits").toString()).isEqualTo("[8,4,4]");
        assertThat(json.path("costs").path("latency").asDouble()).isEqualTo(4);
        assertThat(json.path("front")).hasSize(4);
        assertThat(json.path("front").path(3).path("bits").toString()).isEqualTo("[8,8,8]");
    }

    @Test
    void optionsThatATableHasNoUseForAreRefused() {
        for (String option : new String[] {"--write-table", "--calibration", "--samples", "--seed", "--sensitivity"}) {
            Ran ran = Ran.of("allocate", "--table", table, "--budget", "size:0.5", option, "1");
            assertThat(ran.code()).isEqualTo(2);
            assertThat(ran.err()).contains(option + " is for --model");
        }
    }

    @Test
    void aBadTableIsRefusedWithLineAndColumn() throws IOException {
        Files.writeString(table, HEADER + "small,1,0,x,200,1,1,2,\n");
        Ran ran = Ran.of("allocate", "--table", table, "--budget", "size:0.5");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("layers.csv: line 2: err4 is 'x'");
    }

    @Test
    void energyThatNobodyMeasuredIsRefused() {
        Ran ran = Ran.of("allocate", "--table", table, "--budget", "energy:0.5");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("energy of layer small is unknown");
    }

    @Test
    void budgetsThatContradictAreRefused() throws IOException {
        Files.writeString(table, HEADER + "odd,1,0,1,200,1,2,1,\n");
        Ran ran = Ran.of("allocate", "--table", table, "--budget", "size:0", "--budget", "latency:1");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("no bits meet all budgets at once");
    }

    @Test
    void aWrongBudgetIsWrongUsage() {
        for (String budget : new String[] {"size", "size:2", "weight:0.5", "size:x", "size:0.5:1"}) {
            Ran ran = Ran.of("allocate", "--table", table, "--budget", budget);
            assertThat(ran.code()).as(budget).isEqualTo(2);
            assertThat(ran.err()).contains("--budget '" + budget + "'");
        }
    }

    /** The glyph network has inner layers; what is written can be filled in and read again. */
    @Test
    void aNetworkIsMeasuredInsteadOfATable() throws IOException {
        Path model = Files.write(folder.resolve("glyphs.onnx"), GlyphModels.bytes("w0.5-float"));
        Path inputs = Files.write(
                folder.resolve("inputs.fwe"),
                EvaluationSetCodec.encode(GlyphDataSet.train(7).evaluationSet(8)));
        for (String estimator : new String[] {"kl", "hessian"}) {
            Path written = folder.resolve(estimator + ".csv");
            Ran measured = Ran.of(
                    "allocate",
                    "--model",
                    model,
                    "--calibration",
                    inputs,
                    "--sensitivity",
                    estimator,
                    "--budget",
                    "size:0.5",
                    "--write-table",
                    written,
                    "--json");
            assertThat(measured.err()).isEmpty();
            Ran read = Ran.of("allocate", "--table", written, "--budget", "size:0.5", "--json");
            assertThat(measured.json()).isEqualTo(read.json());
            assertThat(Files.readString(written)).startsWith(HEADER).contains("Convolution,");
        }
        assertThat(Files.readString(folder.resolve("kl.csv"))).contains(",1.0,");
    }

    @Test
    void aNetworkNeedsInputsAndNoBudgetOfADevice() {
        Path model = folder.resolve("none.onnx");
        assertThat(List.of(
                        Ran.of("allocate", "--budget", "size:0.5").err(),
                        Ran.of("allocate", "--table", table, "--model", model, "--budget", "size:0.5")
                                .err(),
                        Ran.of("allocate", "--model", model, "--budget", "size:0.5")
                                .err(),
                        Ran.of("allocate", "--model", model, "--calibration", "zero-shot", "--budget", "latency:0.5")
                                .err(),
                        Ran.of(
                                        "allocate",
                                        "--model",
                                        model,
                                        "--calibration",
                                        "zero-shot",
                                        "--budget",
                                        "size:0.5",
                                        "--sensitivity",
                                        "guess")
                                .err()))
                .satisfiesExactly(
                        neither -> assertThat(neither).contains("give --table, or --model"),
                        both -> assertThat(both).contains("give --table, or --model"),
                        inputs -> assertThat(inputs).contains("--model needs --calibration"),
                        device -> assertThat(device).contains("latency is a device's"),
                        word -> assertThat(word).contains("--sensitivity 'guess' must be kl or hessian"));
    }
}
