package io.fleetwright.forge.allocate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayerTableCsvTest {
    private static final String GOOD =
            LayerTableCsv.HEADER + "\nconv1,.5,.1,2,36864,115.6,.2,.3,\nconv2,1,0,1,8,1,1,2,a\n";

    private static LayerTable read(String text) throws MalformedTableException {
        return LayerTableCsv.read(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsEveryColumn() throws MalformedTableException {
        assertThat(read(GOOD).layers())
                .containsExactly(
                        new Layer("conv1", .5, new ByBits(2, .1), 36864, 115.6, new ByBits(.2, .3), null, ""),
                        new Layer("conv2", 1, new ByBits(1, 0), 8, 1, new ByBits(1, 2), null, "a"));
    }

    @Test
    void readsEnergyWhereItWasMeasuredAndLinesOfOtherSystems() throws MalformedTableException {
        String text = LayerTableCsv.HEADER + LayerTableCsv.ENERGY + "\r\nconv1,1,0,1,8,1,1,2,,0.5,0.75\r\n\r\n";
        assertThat(read(text).layers().getFirst().millijoules()).isEqualTo(new ByBits(.5, .75));
    }

    @Test
    void namesLineAndColumnOfWhatIsWrong() {
        Map<String, String> wrong = Map.of(
                "conv1,.5,.1,2,36864,115.6,.2,.3", "line 2: 8 columns, must be 9",
                ",.5,.1,2,36864,115.6,.2,.3,", "line 2: layer is empty, must be a name",
                "conv1,x,.1,2,36864,115.6,.2,.3,", "line 2: trace is 'x', must be a number of at least 0",
                "conv1,.5,-1,2,36864,115.6,.2,.3,", "line 2: err8 is '-1', must be a number of at least 0",
                "conv1,.5,.1,NaN,36864,115.6,.2,.3,", "line 2: err4 is 'NaN', must be a number of at least 0",
                "conv1,.5,.1,2,0,115.6,.2,.3,", "line 2: params is '0', must be a whole number of at least 1",
                "conv1,.5,.1,2,1.5,115.6,.2,.3,", "line 2: params is '1.5', must be a whole number of at least 1",
                "conv1,.5,.1,2,1,,.2,.3,", "line 2: mmac is '', must be a number of at least 0",
                "conv1,.5,.1,2,1,1,.2,Infinity,", "line 2: t8_ms is 'Infinity', must be a number of at least 0");
        wrong.forEach((line, message) -> assertThatThrownBy(() -> read(LayerTableCsv.HEADER + "\n" + line))
                .isInstanceOf(MalformedTableException.class)
                .hasMessage(message));
    }

    @Test
    void refusesAnotherHeaderNoLayersAndTooMany() {
        assertThatThrownBy(() -> read("")).hasMessageStartingWith("line 1: must be 'layer,trace");
        assertThatThrownBy(() -> read("name,trace")).hasMessageStartingWith("line 1: must be 'layer,trace");
        assertThatThrownBy(() -> read(LayerTableCsv.HEADER)).hasMessage("line 1: table has no layers");
        assertThatThrownBy(() -> read(LayerTableCsv.HEADER + "\nc,1,0,1,8,1,1,2,".repeat(513)))
                .hasMessage("line 514: more than 512 layers");
        assertThatThrownBy(() -> LayerTableCsv.read(new byte[(1 << 20) + 1])).hasMessageContaining("at most 1048576");
    }

    @Test
    void damagedBytesAreReadOrRefusedButNothingElse() {
        SeededCases.forEach(1, 3000, (random, _) -> {
            byte[] bytes = GOOD.getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                bytes[random.nextInt(LayerTableCsv.HEADER.length() + 1, bytes.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(LayerTableCsv.read(bytes).layers()).isNotEmpty();
            } catch (MalformedTableException refused) {
                assertThat(refused.line()).isPositive();
            }
        });
    }
}
