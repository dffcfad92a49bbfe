package io.fleetwright.cli.local;

import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.scenario.Board;
import io.fleetwright.scheduler.scenario.Radio;
import io.fleetwright.scheduler.scenario.Wildfire.Role;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.profile.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The boards of the scenario, from the profiles of this build: a published time and energy where there is one for the network, else
 * scaled by multiply-accumulates, spread over layers by theirs.
 *
 * <p>Where these profiles have no energy it is time by a power: ESP32-S3 0.303 W (datasheet 1.8, table 6-6, both cores at 240 MHz),
 * Raspberry Pi 4B 5.4 W (USB meter, whole board), Edge TPU 2 W (Coral, 0.5 W per TOPS), Orin Nano 7 W (cap of its lowest mode).
 *
 * <p>Idle power: ESP32-S3 0.109 W (datasheet, WAITI at 240 MHz), Raspberry Pi 4B 2.3 W (USB meter); a station that keeps its Wi-Fi
 * association in modem sleep 0.05 W (ESP8266EX datasheet, 15 mA); a post 0.014 W (its radio listens). Half of the active power was
 * assumed for the Edge TPU and the Orin Nano, of which none was found.
 *
 * <p>Radios: Wi-Fi sends with 0.82 W and receives with 0.36 W (ESP32 datasheet, 802.11n, 20 MHz, MCS7: 248 and 110 mA at 3.3 V), at an
 * assumed 4 Mbit/s in the field and 20 Mbit/s between stations, 6 and 4 ms; 802.15.4 sends with 14.4 mW and receives with 13.8 mW
 * (nRF52840, 0 dBm, DC/DC: 4.8 and 4.6 mA at 3 V), at an assumed 120 of its 250 kbit/s, 20 ms.
 *
 * <p>Batteries: 250 mAh at 3.7 V as in a nano-drone, of which 3.5 % may go into computing and radio (Palossi et al. 2019); two lithium
 * AA cells of 3,000 mAh in a post; one 18650 cell of 2,600 mAh in a tower and the NDP120 station; the other stations are in a vehicle.
 */
final class WildfireFleet {
    /** Stands where the profile has energies. */
    private static final double UNUSED = Double.NaN;

    private static final Radio FIELD = new Radio(0, 4000, 6, 0.82, 0.36);
    private static final Radio STATION = new Radio(0, 20_000, 4, 0.82, 0.36);
    private static final Radio MESH = new Radio(1, 120, 20, 0.0144, 0.0138);

    private static final double DRONE_JOULES = 0.035 * 0.250 * 3.7 * 3600;
    private static final double POST_JOULES = 3.0 * 3.0 * 3600;
    private static final double CELL_JOULES = 2.6 * 3.6 * 3600;
    private static final double ASSOCIATED_WATTS = 0.05;

    private static final Kind SCOUT = new Kind("esp32-s3", 0.3026, 0.1086, FIELD, DRONE_JOULES);
    private static final Kind ESCORT = new Kind("stm32l4r5", UNUSED, ASSOCIATED_WATTS, FIELD, DRONE_JOULES);
    private static final Kind TOWER = new Kind("stm32h7a3", UNUSED, ASSOCIATED_WATTS, FIELD, CELL_JOULES);
    private static final Kind RELAY = new Kind("gap9", UNUSED, ASSOCIATED_WATTS, FIELD, DRONE_JOULES);

    private static final List<Kind> POSTS = List.of(
            new Kind("stm32l4r5", UNUSED, 0.014, MESH, POST_JOULES),
            new Kind("stm32u575", UNUSED, 0.014, MESH, POST_JOULES));
    private static final List<Kind> STATIONS = List.of(
            new Kind("syntiant-ndp120", UNUSED, ASSOCIATED_WATTS, FIELD, CELL_JOULES),
            new Kind("raspberry-pi-4b", 5.4, 2.3, STATION, Double.POSITIVE_INFINITY),
            new Kind("coral-edgetpu", 2, 1, STATION, Double.POSITIVE_INFINITY),
            new Kind("jetson-orin-nano-8gb", 7, 3.5, STATION, Double.POSITIVE_INFINITY));

    private static final List<String> NAMES =
            List.of(WildfireNetworks.FIRE, WildfireNetworks.PERSON, WildfireNetworks.SOUND);

    private WildfireFleet() {}

    /** @param activeWatts used where the profile has no energy */
    private record Kind(String profile, double activeWatts, double idleWatts, Radio radio, double joules) {}

    /** All boards, role by role. */
    static List<Board> of(List<LayerGraph> networks) {
        List<Board> boards = new ArrayList<>();
        for (Role role : Role.values()) {
            for (int i = 0; i < role.count(); i++) {
                Kind kind = switch (role) {
                    case SCOUT -> SCOUT;
                    case ESCORT -> ESCORT;
                    case TOWER -> TOWER;
                    case RELAY -> RELAY;
                    case POST -> POSTS.get(i % POSTS.size());
                    case STATION -> STATIONS.get(i % STATIONS.size());
                };
                String name = "%s-%d".formatted(role.name().toLowerCase(Locale.ROOT), i + 1);
                boards.add(board(name, kind, networks));
            }
        }
        return boards;
    }

    private static Board board(String name, Kind kind, List<LayerGraph> networks) {
        DeviceProfile profile = DeviceProfiles.find(kind.profile)
                .orElseThrow(() -> new IllegalStateException("no profile " + kind.profile));
        long memory = Optional.ofNullable(profile.memoryBytes()).orElse(Long.MAX_VALUE);
        List<Tier> tiers = new ArrayList<>();
        for (int n = 0; n < networks.size(); n++) {
            LayerGraph network = networks.get(n);
            Estimate estimate = profile.estimate(
                    NAMES.get(n),
                    network.layers().stream().mapToLong(Layer::macs).sum());
            double millis = estimate.latencyMicros() / 1000;
            Double micro = estimate.energyMicrojoules();
            double millijoules = micro == null ? millis * kind.activeWatts : micro / 1000;
            tiers.add(Tier.proportional(name, network, millis, millijoules, memory, kind.idleWatts * 1000));
        }
        return new Board(name, tiers, kind.idleWatts, kind.radio, kind.joules);
    }
}
