package io.fleetwright.controller.select;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.forge.select.Constraints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which boards get which part where none holds the whole network. */
final class PartChoiceTest {
    private static final Constraints NONE = Selector.constraints(null, null, null, false);
    private static final long WHOLE = 10_000;

    private final TestFleet fleet = new TestFleet();
    private final List<VariantRow> variants = new ArrayList<>();
    private final Map<String, TestBoard> boards = new TreeMap<>();

    private VariantRow variant(String name, long memory) {
        VariantRow row = new VariantRow();
        row.id = "acme/glyphs/1.0.0/" + name;
        row.tenant = TestFleet.TENANT;
        row.model = "glyphs";
        row.version = "1.0.0";
        row.versionId = "acme/glyphs/1.0.0";
        row.variant = name;
        row.digest = TestFleet.digest(name);
        row.operators = "CONV_2D";
        row.macs = 1_000_000;
        row.weightBytes = memory;
        row.bytes = 1000;
        row.accuracyCount = 1000;
        row.accuracyCorrect = 900;
        variants.add(row);
        return row;
    }

    private VariantRow part(int from, int to, int operators, long memory) {
        VariantRow row = variant("whole.%d-%d".formatted(from, to - 1), memory);
        row.partOf = "whole";
        row.partFrom = from;
        row.partTo = to;
        row.partOperators = operators;
        row.wholeMacs = 2_000_000;
        return row;
    }

    private DeviceRow device(String node, long memory) {
        TestBoard board = fleet.board(node);
        boards.put(node, board);
        return fleet.core().run(scope -> {
            DeviceRow row =
                    scope.tx().get(DeviceRow.class, board.address + "/cpu0").orElseThrow();
            row.memoryBytes = memory;
            scope.tx().update(row);
            return row;
        });
    }

    private void runs(DeviceRow device, VariantRow variant) {
        boolean _ = fleet.core().run(scope -> {
            SlotRow slot = new SlotRow();
            slot.id = device.id + "/glyphs";
            slot.tenant = TestFleet.TENANT;
            slot.nodeId = device.nodeId;
            slot.deviceId = device.id;
            slot.device = device.device;
            slot.slot = "glyphs";
            slot.desiredDigest = variant.digest;
            slot.desiredVariant = variant.variant;
            scope.tx().insert(slot);
            return true;
        });
    }

    private Map<String, String> choose(DeviceRow... devices) {
        List<DeviceRow> byId = new ArrayList<>(List.of(devices));
        byId.sort(Comparator.comparing(device -> device.id));
        return chosen(fleet.core().run(scope -> new FleetSelector("glyphs", variants, NONE).choose(scope.tx(), byId)));
    }

    private static Map<String, String> chosen(List<Choice> choices) {
        Map<String, String> chosen = new TreeMap<>();
        choices.forEach(choice -> chosen.put(
                choice.device().node,
                choice.variant().map(variant -> variant.variant).orElse("none")));
        return chosen;
    }

    @Test
    void onlyBoardsThatCannotHoldTheWholeGetParts() {
        variant("whole", WHOLE);
        part(0, 3, 6, 6000);
        part(3, 6, 6, 5000);
        assertThat(choose(device("a", 20_000), device("b", 7000), device("c", 7000), device("d", 100)))
                .isEqualTo(Map.of("a", "whole", "b", "whole.0-2", "c", "whole.3-5", "d", "none"));
        Choice small = fleet.core()
                .run(scope -> new FleetSelector("glyphs", variants, NONE)
                        .choose(
                                scope.tx(),
                                List.of(
                                        scope.tx()
                                                .get(DeviceRow.class, "acme/b/cpu0")
                                                .orElseThrow(),
                                        scope.tx()
                                                .get(DeviceRow.class, "acme/c/cpu0")
                                                .orElseThrow()))
                        .getFirst());
        assertThat(small.reason()).startsWith("chosen; whole: ").contains("10000");
    }

    @Test
    void aBoardThatFitsOnePartAloneGetsThatOne() {
        variant("whole", WHOLE);
        part(0, 3, 6, 6000);
        part(3, 6, 6, 5000);
        assertThat(choose(device("a", 7000), device("b", 5500))).isEqualTo(Map.of("a", "whole.0-2", "b", "whole.3-5"));
        assertThat(choose(device("c", 5500), device("d", 7000))).isEqualTo(Map.of("c", "whole.3-5", "d", "whole.0-2"));
    }

    @Test
    void partsThatMakeNoWholeAreChosenForNobody() {
        variant("whole", WHOLE);
        part(0, 3, 6, 6000);
        assertThat(choose(device("a", 7000), device("b", 7000))).isEqualTo(Map.of("a", "none", "b", "none"));
        part(3, 6, 6, 9000);
        assertThat(choose(device("c", 7000), device("d", 7000)))
                .as("nobody can hold the second part")
                .isEqualTo(Map.of("c", "none", "d", "none"));
        part(3, 4, 6, 6000);
        part(4, 6, 6, 6000);
        assertThat(choose(device("e", 7000), device("f", 7000), device("g", 7000)))
                .as("three parts instead")
                .isEqualTo(Map.of("e", "whole.0-2", "f", "whole.3-3", "g", "whole.4-5"));
    }

    @Test
    void boardsAreSpreadEvenlyAndKeepWhatTheyHave() {
        variant("whole", WHOLE);
        VariantRow front = part(0, 3, 6, 6000);
        VariantRow back = part(3, 6, 6, 5000);
        DeviceRow[] devices = new DeviceRow[11];
        for (int i = 0; i < devices.length; i++) {
            devices[i] = device("n%02d".formatted(i), 7000);
        }
        Map<String, Long> counts =
                choose(devices).values().stream().collect(Collectors.groupingBy(name -> name, Collectors.counting()));
        assertThat(counts).isEqualTo(Map.of("whole.0-2", 6L, "whole.3-5", 5L));
        // Three that are not asked now have the front, so the next two get the back.
        for (int i = 0; i < 3; i++) {
            runs(devices[i], front);
        }
        assertThat(choose(devices[5], devices[6])).isEqualTo(Map.of("n05", "whole.3-5", "n06", "whole.3-5"));
        assertThat(choose(devices[0], devices[5])).isEqualTo(Map.of("n00", "whole.0-2", "n05", "whole.3-5"));
        // All that are asked have the front and nobody the back: one of them changes.
        boolean _ = fleet.core().run(scope -> {
            scope.tx().get(SlotRow.class, devices[2].id + "/glyphs").ifPresent(scope.tx()::delete);
            return true;
        });
        assertThat(choose(devices[0], devices[1])).containsValues("whole.0-2", "whole.3-5");
        runs(devices[7], back);
        assertThat(choose(devices[0], devices[1])).isEqualTo(Map.of("n00", "whole.0-2", "n01", "whole.0-2"));
    }

    @Test
    void aRolloutGivesEachBoardItsPartAndEnds() {
        fleet.publish("glyphs", "1.0.0");
        boolean _ = fleet.core().run(scope -> {
            VariantRow whole =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/int8").orElseThrow();
            whole.weightBytes = WHOLE;
            scope.tx().update(whole);
            for (int place = 0; place < 2; place++) {
                VariantRow row = part(3 * place, 3 * place + 3, 6, 6000);
                row.partOf = "int8";
                scope.tx().insert(row);
            }
            return true;
        });
        DeviceRow one = device("one", 7000);
        DeviceRow two = device("two", 7000);
        String rollout = fleet.rollOut("glyphs", "1.0.0", 100).id;
        for (DeviceRow device : List.of(one, two)) {
            TargetRow target = fleet.get(TargetRow.class, rollout + "/" + device.node + "/cpu0");
            SlotRow slot = fleet.get(SlotRow.class, device.id + "/glyphs");
            assertThat(slot.desiredDigest).isEqualTo(target.digest);
            assertThat(target.variant).isEqualTo(device.node.equals("one") ? "whole.0-2" : "whole.3-5");
        }
        boards.values().forEach(board -> board.runsWhatIsDesired("glyphs"));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout).state).isEqualTo("succeeded");
    }

    @Test
    void partsAreChosenWhenEachHasABoardOfItsOwn() {
        variant("whole", WHOLE);
        part(0, 2, 6, 6000);
        part(2, 4, 6, 5000);
        part(4, 6, 6, 5000);
        assertThat(choose(device("a", 7000), device("b", 7000))).isEqualTo(Map.of("a", "none", "b", "none"));
        assertThat(choose(device("c", 7000), device("d", 5500), device("e", 5500)))
                .isEqualTo(Map.of("c", "whole.0-1", "d", "whole.2-3", "e", "whole.4-5"));
    }

    @Test
    void boardsThatJoinOneAtATimeGetThePartThatIsMissing() {
        variant("whole", WHOLE);
        VariantRow front = part(0, 3, 6, 6000);
        part(3, 6, 6, 5000);
        DeviceRow one = device("a", 7000);
        FleetSelector selector = new FleetSelector("glyphs", variants, NONE);
        assertThat(chosen(fleet.core().run(scope -> selector.chooseJoining(scope.tx(), List.of(one)))))
                .isEqualTo(Map.of("a", "whole.0-2"));
        runs(one, front);
        assertThat(chosen(fleet.core()
                        .run(scope -> new FleetSelector("glyphs", variants, NONE)
                                .chooseJoining(scope.tx(), List.of(device("b", 7000))))))
                .isEqualTo(Map.of("b", "whole.3-5"));
    }

    @Test
    void aBoardWhoseProgramRunsNoStretchesGetsNoPart() {
        variant("whole", WHOLE);
        part(0, 3, 6, 6000);
        part(3, 6, 6, 5000);
        DeviceRow board = device("a", 7000);
        DeviceRow drone = device("b", 7000);
        drone.driver = "program-whole";
        assertThat(choose(board, drone)).isEqualTo(Map.of("a", "none", "b", "none"));
        assertThat(choose(board, drone, device("c", 7000)))
                .isEqualTo(Map.of("a", "whole.0-2", "b", "none", "c", "whole.3-5"));
    }
}
