package io.fleetwright.agent.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.Radio;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentOptionsTest {
    private static AgentOptions parse(String... arguments) throws AgentOptions.UsageException {
        return AgentOptions.parse(List.of(arguments), Map.of(), "My_Board.local");
    }

    @Test
    void withoutOptionsTheBoardIsOneNodeWithItsProcessor() throws Exception {
        AgentOptions options = parse();
        assertThat(options.controller()).isEmpty();
        AgentOptions.Node node = options.nodes().getFirst();
        assertThat(options.nodes()).hasSize(1);
        assertThat(node.wish()).isEqualTo("my-board-local");
        assertThat(node.folder()).isEmpty();
        assertThat(node.emulated()).isFalse();
        assertThat(node.devices()).containsExactly(new AgentOptions.Device("cpu0", null));
        assertThat(node.link()).isNull();
    }

    @Test
    void theEnvironmentFillsInWhatTheCommandLineLeavesOut() throws Exception {
        Map<String, String> environment =
                Map.of("FLEETWRIGHT_CONTROLLER", "https://a:1", "FLEETWRIGHT_TOKEN", "from-environment");
        AgentOptions options = AgentOptions.parse(List.of("--controller", "https://b:2"), environment, "h");
        assertThat(options.controller()).contains(URI.create("https://b:2"));
        assertThat(options.token()).contains("from-environment");
    }

    @Test
    void operatorsAreTimedAfterHalfAMinuteOrWhenToldOrNever() throws Exception {
        assertThat(parse().timesOperatorsAfter()).contains(Duration.ofSeconds(30));
        assertThat(parse("--time-operators", "0").timesOperatorsAfter()).contains(Duration.ZERO);
        assertThat(parse("--time-operators", "never").timesOperatorsAfter()).isEmpty();
        for (String wrong : List.of("", "-1", "soon", "1000000", "1.5")) {
            assertThatThrownBy(() -> parse("--time-operators", wrong))
                    .isInstanceOf(AgentOptions.UsageException.class)
                    .hasMessageContaining("--time-operators (%s)".formatted(wrong));
        }
    }

    @Test
    void severalEmulatedNodesLiveInOneProcessInFoldersOfTheirOwn() throws Exception {
        AgentOptions options = parse("--emulate", "drone-1=gap9", "--emulate", "mcu-1=stm32l4r5,stm32l4r5");
        assertThat(options.nodes()).extracting(AgentOptions.Node::wish).containsExactly("drone-1", "mcu-1");
        assertThat(options.nodes()).allMatch(AgentOptions.Node::emulated);
        assertThat(options.nodes())
                .extracting(AgentOptions.Node::folder)
                .containsExactly("nodes/drone-1", "nodes/mcu-1");
        assertThat(options.nodes().get(1).devices())
                .extracting(AgentOptions.Device::name)
                .containsExactly("stm32l4r5", "stm32l4r5-2");
    }

    @Test
    void programsWorkDevicesOfTheBoard() throws Exception {
        AgentOptions options =
                parse("--emulate", "a=gap9", "--driver", "d1=nano-drone:./bridge:1", "--driver", "x.2=fpga:/opt/fpga");
        assertThat(options.nodes()).extracting(AgentOptions.Node::wish).containsExactly("my-board-local", "a");
        assertThat(options.nodes().getFirst().devices())
                .containsExactly(
                        new AgentOptions.Device("cpu0", null),
                        new AgentOptions.Device(
                                "d1", null, new AgentOptions.Worked(DeviceClass.NANO_DRONE, Path.of("./bridge:1"))),
                        new AgentOptions.Device(
                                "x.2", null, new AgentOptions.Worked(DeviceClass.FPGA, Path.of("/opt/fpga"))));
        assertThatThrownBy(() -> parse("--driver", "d1=plane:./bridge"))
                .hasMessageContaining("plane")
                .hasMessageContaining("nano-drone");
        assertThatThrownBy(() -> parse("--driver", "d1=fpga")).hasMessageContaining("name=class:program");
        assertThatThrownBy(() -> parse("--driver", "cpu0=fpga:./x")).hasMessageContaining("cpu0");
    }

    @Test
    void aBoardMayHaveItsOwnAndEmulatedDevices() throws Exception {
        AgentOptions options = parse("--node", "b", "--devices", "cpu0=cpu,npu0=coral-edgetpu");
        assertThat(options.nodes()).hasSize(1);
        assertThat(options.nodes().getFirst().devices())
                .extracting(AgentOptions.Device::name)
                .containsExactly("cpu0", "npu0");
    }

    @Test
    void aFileMayNameTheNodes(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("nodes"), "# fleet\n\ndrone-1=gap9\nmcu-1=stm32l4r5\n");
        assertThat(parse("--nodes-file", file.toString()).nodes())
                .extracting(AgentOptions.Node::wish)
                .containsExactly("drone-1", "mcu-1");
    }

    @Test
    void inferenceForApplicationsAndMadeUpLoadAreOffUnlessAskedFor() throws Exception {
        assertThat(parse("--node", "b").inferencePort()).isEmpty();
        assertThat(parse("--node", "b").loads()).isEmpty();
        AgentOptions options = parse("--inference-port", "8900", "--load", "glyphs=2.5,7");
        assertThat(options.inferencePort()).hasValue(8900);
        assertThat(options.loads()).containsExactly(new AgentOptions.Load("glyphs", 2.5, 7));
    }

    @Test
    void aNodeMayHaveAnEmulatedLink() throws Exception {
        AgentOptions options =
                parse("--emulate", "a=gap9", "--emulate", "b=gap9", "--link", "b=1000,4.5", "--emulate", "c=gap9");
        assertThat(options.nodes())
                .extracting(AgentOptions.Node::link)
                .containsExactly(null, new Birth.Link(1000, 4.5, 0), null);
    }

    @Test
    void aLinkMayTellWhatItsRadioTakes() throws Exception {
        String[] links = {"a=4000,6,tx=1640,rx=720", "a=4000,6,0.1,tx=1640", "a=4000,6,rx=0.5", "a=4000,6"};
        assertThat(Arrays.stream(links).map(link -> {
                    try {
                        return parse("--emulate", "a=gap9", "--link", link)
                                .nodes()
                                .getFirst()
                                .link();
                    } catch (AgentOptions.UsageException wrong) {
                        throw new AssertionError(wrong);
                    }
                }))
                .containsExactly(
                        new Birth.Link(4000, 6, 0, new Radio(1640.0, 720.0)),
                        new Birth.Link(4000, 6, 0.1, new Radio(1640.0, null)),
                        new Birth.Link(4000, 6, 0, new Radio(null, 0.5)),
                        new Birth.Link(4000, 6, 0));
        for (String wrong : List.of(
                "a=1,4,tx=0", "a=1,4,tx=-1", "a=1,4,rx=2000000000", "a=1,4,tx=", "a=1,4,rx=1,tx=1", "a=1,4,0,1640")) {
            assertThatThrownBy(() -> parse("--node", "a", "--link", wrong))
                    .isInstanceOf(AgentOptions.UsageException.class)
                    .hasMessageContaining(wrong);
        }
    }

    @Test
    void sensorsBelongToTheNodeTheyNameOrToTheFirst(@TempDir Path folder) throws Exception {
        AgentOptions options = parse(
                "--emulate",
                "a=gap9",
                "--emulate",
                "b=gap9",
                "--sensor",
                "camera=folder:" + folder,
                "--sensor",
                "b/camera=mqtt:a",
                "--sensor",
                "b/test=synthetic:7");
        assertThat(options.nodes())
                .extracting(node -> node.sensors().announced())
                .containsExactly(
                        List.of(new Birth.Sensor("camera", Birth.SensorKind.FOLDER)),
                        List.of(
                                new Birth.Sensor("camera", Birth.SensorKind.MQTT),
                                new Birth.Sensor("test", Birth.SensorKind.SYNTHETIC)));
    }

    @Test
    void wrongSensorsAreNamed() {
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 17; i++) {
            many.addAll(List.of("--sensor", "s%d=synthetic:1".formatted(i)));
        }
        assertThatThrownBy(() -> parse(many.toArray(String[]::new))).hasMessageContaining("17 sensors, at most 16");
        assertThatThrownBy(() -> parse("--sensor", "camera")).hasMessageContaining("(camera)");
        assertThatThrownBy(() -> parse("--sensor", "a=laser:1")).hasMessageContaining("a=laser:1");
        assertThatThrownBy(() -> parse("--sensor", "A=synthetic:1")).hasMessageContaining("A=synthetic:1");
        assertThatThrownBy(() -> parse("--sensor", "a=synthetic:x")).hasMessageContaining("whole number");
        assertThatThrownBy(() -> parse("--sensor", "a=mqtt:x/y")).hasMessageContaining("a=mqtt:x/y");
        assertThatThrownBy(() -> parse("--sensor", "a=folder:/nonexistent/x")).hasMessageContaining("/nonexistent/x");
        assertThatThrownBy(() -> parse("--sensor", "x/a=synthetic:1")).hasMessageContaining("names x");
        assertThatThrownBy(() -> parse("--sensor", "a=synthetic:1", "--sensor", "a=synthetic:2"))
                .hasMessageContaining("twice");
    }

    @Test
    void wrongUsageIsNamed() {
        assertThatThrownBy(() -> parse("--node", "a", "--link", "b=1000,4")).hasMessageContaining("[b]");
        assertThatThrownBy(() -> parse("--node", "a", "--link", "a=0,4")).hasMessageContaining("a=0,4");
        assertThatThrownBy(() -> parse("--node", "a", "--link", "a=1,4,1")).hasMessageContaining("a=1,4,1");
        assertThatThrownBy(() -> parse("--node", "a", "--link", "a=1..2,4")).hasMessageContaining("a=1..2,4");
        assertThatThrownBy(() -> parse("--inference-port", "65536")).hasMessageContaining("65536");
        assertThatThrownBy(() -> parse("--load", "glyphs=0,7")).hasMessageContaining("glyphs=0,7");
        assertThatThrownBy(() -> parse("--load", "glyphs")).hasMessageContaining("slot=rate,seed");
        assertThatThrownBy(() -> parse("--fast", "1")).hasMessageContaining("--fast");
        assertThatThrownBy(() -> parse("--data")).hasMessageContaining("--data");
        assertThatThrownBy(() -> parse("--controller", "http://plain:80")).hasMessageContaining("https");
        assertThatThrownBy(() -> parse("--controller", "::")).hasMessageContaining("https");
        assertThatThrownBy(() -> parse("--devices", "cpu0")).hasMessageContaining("cpu0");
        assertThatThrownBy(() -> parse("--devices", "x=toaster")).hasMessageContaining("toaster");
        assertThatThrownBy(() -> parse("--devices", "a=cpu,a=cpu")).hasMessageContaining("(a)");
        assertThatThrownBy(() -> parse("--devices", "../a=cpu")).hasMessageContaining("../a");
        assertThatThrownBy(() -> parse("--emulate", "../x=gap9")).hasMessageContaining("../x");
        assertThatThrownBy(() -> parse("--emulate", "a=gap9", "--emulate", "a=gap9"))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> parse("--node", "Big")).hasMessageContaining("Big");
        assertThatThrownBy(() -> parse("--parent-pid", "x")).hasMessageContaining("--parent-pid");
        assertThatThrownBy(() -> parse("--nodes-file", "/nonexistent/file")).hasMessageContaining("/nonexistent");
    }

    @Test
    void theHelpNamesEveryProfile() {
        assertThat(AgentOptions.usage()).contains("gap9").contains("stm32l4r5").contains("--emulate");
    }

    @Test
    void nodesTakeTensorsDirectlyWhereTheCommandLineSaysAndNowhereElse() throws Exception {
        assertThat(parse().peers()).isEmpty();
        AgentOptions.Peers loopback = parse("--peer-port", "0").peers().orElseThrow();
        assertThat(loopback).isEqualTo(new AgentOptions.Peers("127.0.0.1", 0));
        assertThat(loopback.port(3)).isZero();
        AgentOptions.Peers told = parse("--peer-port", "7443", "--peer-address", "127.0.0.2")
                .peers()
                .orElseThrow();
        assertThat(told).isEqualTo(new AgentOptions.Peers("127.0.0.2", 7443));
        assertThat(told.port(2)).isEqualTo(7445);
        for (String[] wrong : new String[][] {
            {"--peer-port", "70000"},
            {"--peer-port", "x"},
            {"--peer-address", "127.0.0.1"},
            {"--peer-port", "1", "--peer-address", "0.0.0.0"},
            {"--peer-port", "1", "--peer-address", "::"},
            {"--peer-port", "1", "--peer-address", "no host"},
            {"--peer-port", "65535", "--emulate", "a=gap9", "--emulate", "b=gap9"}
        }) {
            assertThatThrownBy(() -> parse(wrong))
                    .isInstanceOf(AgentOptions.UsageException.class)
                    .hasMessageContaining("--peer-");
        }
    }
}
