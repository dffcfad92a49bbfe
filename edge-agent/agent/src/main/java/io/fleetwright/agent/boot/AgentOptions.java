package io.fleetwright.agent.boot;

import io.fleetwright.agent.core.AgentSettings;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.trust.DesiredSlot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param controller absent when every node has enrolled before
 * @param token absent when every node has enrolled before
 * @param nodes nodes of this process, at least one
 * @param inferencePort where applications on the board ask for inference; absent when they cannot
 * @param loads inputs that the agent makes up itself
 * @param sys where sensors are looked for
 * @param peers where nodes take tensors from others directly; absent when they do not
 * @param timesOperatorsAfter how long a program runs before its operators are timed; absent when they never are
 */
record AgentOptions(
        Optional<URI> controller,
        Optional<String> token,
        Path data,
        OptionalLong parentPid,
        List<Node> nodes,
        OptionalInt inferencePort,
        List<Load> loads,
        Path sys,
        Optional<Peers> peers,
        Optional<Duration> timesOperatorsAfter) {
    static final String USAGE = """
            Usage: fleetwright-agent [options]
              --controller URL      https address of the controller (or FLEETWRIGHT_CONTROLLER)
              --token TOKEN         enrolment token, needed once (or FLEETWRIGHT_TOKEN)
              --data DIR            keys, artifacts and spool (default: fleetwright-agent-data)
              --node NAME           name that this board would like to have (default: the host name)
              --devices LIST        devices of this board: name=cpu or name=PROFILE, comma separated (default: cpu0=cpu)
              --driver NAME=CLASS:PROGRAM  a device of this board that another program works (docs/drivers.md); may be repeated
              --emulate NODE=LIST   host an emulated node with devices by profile; may be repeated
              --nodes-file FILE     one NODE=LIST per line
              --link NODE=KBIT,RTT[,LOSS][,tx=NJ][,rx=NJ]  tensors leave a node at so many kbit/s, with a round trip in ms and a share lost;
                                    sending and receiving take so many nanojoules a byte (unknown without them); may be repeated
              --sensor [NODE/]NAME=folder:PATH  frames for work orders: raw files of a folder, by name, over and over; up to 16 a node
              --sensor [NODE/]NAME=synthetic:SEED  made-up pictures
              --sensor [NODE/]NAME=mqtt:FROM  the newest frame that node FROM has sent; without NODE/ the first node has the sensor
              --inference-port PORT inference for applications on this board, on the loopback address (0: any free port)
              --peer-port PORT      take tensors from other nodes directly, over HTTPS with both certificates (0: any free port); of several
                                    nodes each takes the next port
              --peer-address HOST   where: an address of this board that other boards reach (default: 127.0.0.1, for boards of one machine)
              --load SLOT=RATE,SEED made-up inputs a second for each device that runs the slot; may be repeated
              --time-operators SECONDS|never  how long after the controller has asked the operators of a program are timed, for plans that cut networks, in
                                    short slices while the board is idle (default: 30); some seconds of computing once for a program
              --sys DIR             where sensors of energy and temperature are looked for (default: /sys)
              --parent-pid PID      end when that process ends
              --profile MODEL       alone: time, multiply-accumulates and bytes of each operator on this board, as JSON
              --help                this text
            Profiles: %s
            """;

    private static final int NODES_MAX = 64;
    private static final int LOAD_MAX = 1000;
    private static final Pattern WORKED = Pattern.compile("([^=]+)=([a-z-]+):(.+)");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,6}");
    private static final Pattern LOAD = Pattern.compile("([^=]+)=([0-9]{1,4}(?:\\.[0-9]{1,3})?),([0-9]{1,18})");

    /**
     * One node.
     *
     * @param wish name that it would like to have
     * @param emulated true when all its devices are emulated and the process is not the board
     * @param folder below the data folder, empty for the data folder itself
     * @param link that is emulated, absent where the network is what it is
     * @param sensors where its frames come from
     */
    record Node(
            String wish,
            boolean emulated,
            String folder,
            List<Device> devices,
            Birth.@Nullable Link link,
            Sensors sensors) {
        Node {
            devices = List.copyOf(devices);
        }
    }

    /**
     * Where nodes take tensors from others.
     *
     * @param host a name or an address of this board
     * @param port of the first node, 0 for any that is free
     */
    record Peers(String host, int port) {
        /** The one of a node, by its place among those of the process. */
        int port(int place) {
            return port == 0 ? 0 : port + place;
        }
    }

    /** Made-up inputs for a slot, {@code perSecond} on each device. */
    record Load(String slot, double perSecond, long seed) {}

    /** A device; without a profile and without a program it is this machine's processor. */
    record Device(
            String name,
            @Nullable DeviceProfile profile,
            @Nullable Worked worked) {
        Device(String name, @Nullable DeviceProfile profile) {
            this(name, profile, null);
        }
    }

    /** A device that a program works. */
    record Worked(DeviceClass deviceClass, Path program) {}

    /** The command line is wrong; the text says what was allowed. */
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    AgentOptions {
        nodes = List.copyOf(nodes);
        loads = List.copyOf(loads);
    }

    static String usage() {
        return USAGE.formatted(
                DeviceProfiles.all().stream().map(DeviceProfile::id).collect(Collectors.joining(" ")));
    }

    static AgentOptions parse(List<String> arguments, Map<String, String> environment, String hostName)
            throws UsageException {
        String controller = environment.get("FLEETWRIGHT_CONTROLLER");
        String token = environment.get("FLEETWRIGHT_TOKEN");
        String data = "fleetwright-agent-data";
        String sys = "/sys";
        String wish = null;
        String devices = null;
        OptionalLong parentPid = OptionalLong.empty();
        OptionalInt inferencePort = OptionalInt.empty();
        OptionalInt peerPort = OptionalInt.empty();
        String peerHost = null;
        List<Load> loads = new ArrayList<>();
        List<Node> emulated = new ArrayList<>();
        Map<String, Birth.Link> links = new HashMap<>();
        List<SensorOption> sensors = new ArrayList<>();
        List<Device> worked = new ArrayList<>();
        Optional<Duration> timesOperatorsAfter = Optional.of(AgentSettings.TIMES_OPERATORS_AFTER);
        for (int i = 0; i < arguments.size(); i += 2) {
            String option = arguments.get(i);
            if (i + 1 == arguments.size()) {
                throw new UsageException("option %s is unknown or lacks its value".formatted(option));
            }
            String value = arguments.get(i + 1);
            switch (option) {
                case "--controller" -> controller = value;
                case "--token" -> token = value;
                case "--data" -> data = value;
                case "--node" -> wish = value;
                case "--devices" -> devices = value;
                case "--driver" -> worked.add(worked(value));
                case "--emulate" -> emulated.add(emulated(value));
                case "--nodes-file" -> emulated.addAll(file(Path.of(value)));
                case "--inference-port" -> inferencePort = OptionalInt.of(port(option, value));
                case "--peer-port" -> peerPort = OptionalInt.of(port(option, value));
                case "--peer-address" -> peerHost = value;
                case "--load" -> loads.add(load(value));
                case "--link" -> {
                    LinkOption link = LinkOption.parse(value);
                    links.put(link.node(), link.link());
                }
                case "--sensor" -> sensors.add(SensorOption.parse(value));
                case "--time-operators" -> timesOperatorsAfter = timesOperatorsAfter(value);
                case "--sys" -> sys = value;
                case "--parent-pid" -> parentPid = OptionalLong.of(pid(value));
                default -> throw new UsageException("option %s is unknown".formatted(option));
            }
        }
        List<Node> nodes = new ArrayList<>();
        if (emulated.isEmpty() || devices != null || wish != null || !worked.isEmpty()) {
            String name = wish == null ? asId(hostName) : wish;
            requireId(name);
            nodes.add(new Node(
                    name, false, "", devices(devices == null ? "cpu0=cpu" : devices, worked), null, Sensors.NONE));
        }
        nodes.addAll(emulated);
        if (nodes.size() > NODES_MAX) {
            throw new UsageException("%d nodes, at most %d in one process".formatted(nodes.size(), NODES_MAX));
        }
        Set<String> names = new HashSet<>();
        for (Node node : nodes) {
            if (!names.add(node.wish)) {
                throw new UsageException("node %s is named twice".formatted(node.wish));
            }
        }
        if (!names.containsAll(links.keySet())) {
            throw new UsageException("--link names %s; nodes here are %s".formatted(links.keySet(), names));
        }
        Map<String, Sensors> byNode = SensorOption.byNode(sensors, nodes.getFirst().wish, names);
        nodes.replaceAll(node -> new Node(
                node.wish,
                node.emulated,
                node.folder,
                node.devices,
                links.get(node.wish),
                byNode.getOrDefault(node.wish, Sensors.NONE)));
        return new AgentOptions(
                controller == null ? Optional.empty() : Optional.of(controller(controller)),
                Optional.ofNullable(token),
                Path.of(data),
                parentPid,
                nodes,
                inferencePort,
                loads,
                Path.of(sys),
                peers(peerPort, peerHost, nodes.size()),
                timesOperatorsAfter);
    }

    private static URI controller(String text) throws UsageException {
        try {
            URI uri = URI.create(text);
            if ("https".equals(uri.getScheme()) && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException notAnAddress) {
            throw new UsageException("--controller (%s) must be an https address".formatted(text));
        }
        throw new UsageException("--controller (%s) must be an https address".formatted(text));
    }

    private static Optional<Peers> peers(OptionalInt port, @Nullable String host, int nodes) throws UsageException {
        if (port.isEmpty()) {
            if (host != null) {
                throw new UsageException("--peer-address (%s) needs --peer-port".formatted(host));
            }
            return Optional.empty();
        }
        Peers peers = new Peers(host == null ? "127.0.0.1" : host, port.getAsInt());
        try {
            PeerAddress last = new PeerAddress(peers.host, Math.max(1, peers.port(nodes - 1)));
            if (InetAddress.getByName(last.host()).isAnyLocalAddress()) {
                throw new UsageException("--peer-address (%s) must be one address of this board".formatted(peers.host));
            }
        } catch (IllegalArgumentException wrong) {
            throw new UsageException("--peer-address, --peer-port: " + wrong.getMessage());
        } catch (UnknownHostException unknown) {
            throw new UsageException("--peer-address (%s) is no address of this board".formatted(peers.host));
        }
        return Optional.of(peers);
    }

    private static int port(String option, String text) throws UsageException {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            throw new UsageException("%s (%s) must be from 0 to 65535".formatted(option, text));
        }
        throw new UsageException("%s (%s) must be from 0 to 65535".formatted(option, text));
    }

    private static Optional<Duration> timesOperatorsAfter(String text) throws UsageException {
        if (text.equals("never")) {
            return Optional.empty();
        }
        if (!SECONDS.matcher(text).matches()) {
            throw new UsageException("--time-operators (%s) must be seconds, 0 to 999999, or never".formatted(text));
        }
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }

    private static Load load(String text) throws UsageException {
        Matcher matcher = LOAD.matcher(text);
        double perSecond = matcher.matches() ? Double.parseDouble(matcher.group(2)) : 0;
        if (perSecond <= 0 || perSecond > LOAD_MAX || !DesiredSlot.isName(matcher.group(1))) {
            throw new UsageException(
                    "--load (%s) must be slot=rate,seed with a rate up to %d a second".formatted(text, LOAD_MAX));
        }
        return new Load(matcher.group(1), perSecond, Long.parseLong(matcher.group(3)));
    }

    private static long pid(String text) throws UsageException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException notANumber) {
            throw new UsageException("--parent-pid (%s) must be a process id".formatted(text));
        }
    }

    private static Device worked(String text) throws UsageException {
        Matcher matcher = WORKED.matcher(text);
        if (matcher.matches()) {
            for (DeviceClass one : DeviceClass.values()) {
                if (one.wireName().equals(matcher.group(2))) {
                    return new Device(matcher.group(1), null, new Worked(one, Path.of(matcher.group(3))));
                }
            }
        }
        throw new UsageException("--driver (%s) must be name=class:program with a class of %s"
                .formatted(
                        text,
                        Arrays.stream(DeviceClass.values())
                                .map(DeviceClass::wireName)
                                .collect(Collectors.joining(" "))));
    }

    private static List<Device> devices(String list, List<Device> worked) throws UsageException {
        List<Device> devices = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String part : list.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new UsageException("device (%s) must be name=cpu or name=profile".formatted(part));
            }
            add(devices, names, part.substring(0, equals), part.substring(equals + 1));
        }
        for (Device device : worked) {
            requireNew(names, device.name);
            devices.add(device);
        }
        return devices;
    }

    private static Node emulated(String text) throws UsageException {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new UsageException("emulated node (%s) must be node=profile,...".formatted(text));
        }
        String wish = text.substring(0, equals);
        requireId(wish);
        List<Device> devices = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String profile : text.substring(equals + 1).split(",", -1)) {
            String name = profile;
            for (int n = 2; names.contains(name); n++) {
                name = profile + "-" + n;
            }
            add(devices, names, name, profile);
        }
        return new Node(
                wish,
                devices.stream().allMatch(device -> device.profile != null),
                "nodes/" + wish,
                devices,
                null,
                Sensors.NONE);
    }

    private static void add(List<Device> devices, Set<String> names, String name, String kind) throws UsageException {
        requireNew(names, name);
        if (kind.equals("cpu")) {
            devices.add(new Device(name, null));
            return;
        }
        DeviceProfile profile = DeviceProfiles.find(kind)
                .orElseThrow(() -> new UsageException("device %s: %s is neither cpu nor a profile; profiles are %s"
                        .formatted(
                                name,
                                kind,
                                DeviceProfiles.all().stream()
                                        .map(DeviceProfile::id)
                                        .collect(Collectors.joining(" ")))));
        devices.add(new Device(name, profile));
    }

    private static void requireNew(Set<String> names, String name) throws UsageException {
        if (!DesiredSlot.isName(name) || !names.add(name)) {
            throw new UsageException("device name (%s) must be new and match [a-z0-9][a-z0-9.-]*".formatted(name));
        }
    }

    private static List<Node> file(Path file) throws UsageException {
        try {
            List<Node> nodes = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                String text = line.strip();
                if (!text.isEmpty() && !text.startsWith("#")) {
                    nodes.add(emulated(text));
                }
            }
            return nodes;
        } catch (IOException unreadable) {
            throw new UsageException("--nodes-file %s cannot be read: %s".formatted(file, unreadable.getMessage()));
        }
    }

    private static void requireId(String name) throws UsageException {
        if (!NodeAddress.isId(name)) {
            throw new UsageException("node (%s) must match [a-z0-9-]{1,48}".formatted(name));
        }
    }

    /** A host name made fit for a node id. */
    private static String asId(String hostName) {
        String id = hostName.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
        return id.isEmpty() ? "board" : id.substring(0, Math.min(48, id.length()));
    }
}
