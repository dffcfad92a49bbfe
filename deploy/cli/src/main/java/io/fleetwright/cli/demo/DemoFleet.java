package io.fleetwright.cli.demo;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.process.Child;
import io.fleetwright.cli.process.Installation;
import io.fleetwright.cli.process.Ports;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which nodes the demo has: real cpu agents, one process each, and emulated boards that share one process. */
final class DemoFleet {
    /** One emulated board and the published figures that it follows. */
    private record Board(String node, String profile) {}

    /** One board of each device class. */
    private static final List<Board> BOARDS = List.of(
            new Board("board-cpu-pi4", "raspberry-pi-4b"),
            new Board("board-gpu-orin", "jetson-orin-nano-8gb"),
            new Board("board-dsp-hexagon", "snapdragon-8gen3-sensing-hub"),
            new Board("board-fpga-zynq", "zedboard-zynq7020"),
            new Board("board-npu-coral", "coral-edgetpu"),
            new Board("board-mcu-stm32l4", "stm32l4r5"),
            new Board("board-drone-gap9", "gap9"));

    /** A made-up camera of one of them, so that there are frames for streams. */
    private static final String CAMERA = "board-mcu-stm32l4/camera=synthetic:7";

    private final Installation installation;
    private final Path data;
    private final Ports ports;
    private final int realNodes;

    DemoFleet(Installation installation, Path data, Ports ports, int realNodes) {
        this.installation = installation;
        this.data = data;
        this.ports = ports;
        this.realNodes = realNodes;
    }

    /** Every node by name. */
    List<String> nodes() {
        List<String> nodes = new ArrayList<>();
        for (int number = 1; number <= realNodes; number++) {
            nodes.add(realNode(number));
        }
        BOARDS.forEach(board -> nodes.add(board.node()));
        return nodes;
    }

    /** The agent processes. The token is used at a node's first start, and when the controller has moved to other ports. */
    List<Child> agents(String enrolmentToken) throws CommandFailure {
        List<Child> agents = new ArrayList<>();
        for (int number = 1; number <= realNodes; number++) {
            String node = realNode(number);
            List<String> arguments = arguments(enrolmentToken, node);
            arguments.addAll(List.of("--node", node, "--devices", "cpu0=cpu"));
            if (number == 1) {
                // One board does something of its own, as boards do: gates have something to compare with.
                arguments.addAll(List.of("--load", GlyphModels.MODEL + "=1,1"));
            }
            agents.add(new Child(node, installation.agent(arguments, true), log(node)));
        }
        List<String> arguments = arguments(enrolmentToken, "boards");
        for (Board board : BOARDS) {
            arguments.addAll(List.of("--emulate", board.node() + "=" + board.profile()));
        }
        arguments.addAll(List.of("--sensor", CAMERA));
        // Their times are published ones: warming vector kernels of seven boards up would take the processor from the
        // real ones.
        agents.add(new Child("emulated boards", installation.agent(arguments, false), log("boards")));
        return agents;
    }

    Child controller(Path folder, Path supervisorToken) throws CommandFailure {
        return new Child(
                "controller",
                installation.controller(List.of(
                        "fleetwright.data-dir=" + folder,
                        "fleetwright.http-port=" + ports.http(),
                        "fleetwright.edge-port=" + ports.edge(),
                        "fleetwright.mqtt-port=" + ports.mqtt(),
                        "fleetwright.fresh-setup-token=true",
                        "fleetwright.supervisor-token-file=" + supervisorToken,
                        "fleetwright.parent-pid=" + ProcessHandle.current().pid())),
                log("controller"));
    }

    private List<String> arguments(String enrolmentToken, String folder) {
        return new ArrayList<>(List.of(
                "--controller",
                "https://127.0.0.1:" + ports.edge(),
                "--token",
                enrolmentToken,
                "--data",
                data.resolve("nodes").resolve(folder).toString(),
                "--parent-pid",
                String.valueOf(ProcessHandle.current().pid())));
    }

    private static String realNode(int number) {
        return "cpu-" + number;
    }

    private Path log(String name) {
        return data.resolve("logs").resolve(name + ".log");
    }
}
