package io.fleetwright.controller.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.tuple;

import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.energy.EnergyUse.Group;
import io.fleetwright.controller.energy.EnergyUse.Total;
import io.fleetwright.controller.energy.EnergyUse.Used;
import io.fleetwright.controller.energy.Figure.Kind;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.SplitPartRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.Row;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.StreamWindowRow;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EnergyUseTest {
    private static final long FROM = 1000;
    private static final long TO = 2000;

    private final TestFleet fleet = new TestFleet();
    private int inserted;

    private void insert(Row row) {
        boolean _ = fleet.core().run(scope -> {
            scope.tx().insert(row);
            return true;
        });
    }

    private JobRow job(String device, String method, @Nullable Double microjoules, @Nullable Double uncertainty) {
        JobRow row = new JobRow();
        row.id = "j-%06d".formatted(++inserted);
        row.tenant = TestFleet.TENANT;
        row.model = "glyphs";
        row.state = "succeeded";
        row.finishedAt = TO;
        row.nodeId = "acme/" + device.substring(0, device.indexOf('/'));
        row.device = device.substring(device.indexOf('/') + 1);
        row.energyMethod = method;
        row.energyMicrojoules = microjoules;
        row.energyUncertainty = uncertainty;
        return row;
    }

    private EnergyUse.Report use(Group group) {
        return fleet.core().read(scope -> EnergyUse.of(scope.tx(), TestFleet.TENANT, group, FROM, TO));
    }

    private Used only(Group group) {
        assertThat(use(group).groups()).hasSize(1);
        return use(group).groups().getFirst();
    }

    @Test
    void measuredAndModelledStayApartAndUnknownIsCountedAndNoSum() {
        insert(job("n1/cpu0", "rapl", 2000.0, 0.1));
        insert(job("n1/cpu0", "rapl", 4000.0, 0.1));
        insert(job("n1/cpu0", "model", 500.0, 0.3));
        insert(job("n1/cpu0", "unknown", null, null));
        Used used = only(Group.DEVICE);
        assertThat(used.group()).isEqualTo("n1/cpu0");
        assertThat(used.runs()).isEqualTo(4);
        assertThat(used.unknown()).isEqualTo(1);
        assertThat(used.figures())
                .extracting(Figure::method, Figure::runs, Figure::microjoules, Figure::isModelled)
                .containsExactlyInAnyOrder(tuple("rapl", 2L, 6000.0, false), tuple("model", 1L, 500.0, true));
        assertThat(use(Group.DEVICE).totals())
                .extracting(Total::isModelled, Total::runs, Total::microjoules)
                .containsExactly(tuple(false, 2L, 6000.0), tuple(true, 1L, 500.0));
    }

    @Test
    void errorsOfOneMethodAddAndOfSeveralTheirSquares() {
        for (int i = 0; i < 100; i++) {
            insert(job("n1/cpu0", "rapl", 100.0, 0.03));
        }
        insert(job("n2/cpu0", "rapl", 10_000.0, 0.03));
        insert(job("n3/cpu0", "battery", 8_000.0, 0.1));
        assertThat(use(Group.DEVICE).groups())
                .filteredOn(used -> used.group().equals("n1/cpu0"))
                .singleElement()
                .satisfies(used -> assertThat(used.figures().getFirst().uncertaintyMicrojoules())
                        .as("a hundred runs are as uncertain as one")
                        .isCloseTo(0.03 * 10_000, offset(1e-6)));
        assertThat(use(Group.DEVICE).totals())
                .singleElement()
                .satisfies(total ->
                        assertThat(total.uncertaintyMicrojoules()).isCloseTo(Math.hypot(600, 800), offset(1e-6)));
    }

    @Test
    void aSumWithAPartOfWhichNobodySaysHowUncertainItIsSaysSoToo() {
        insert(job("n1/cpu0", "rapl", 100.0, 0.03));
        insert(job("n1/cpu0", "rapl", 100.0, null));
        assertThat(only(Group.DEVICE).figures().getFirst().uncertaintyMicrojoules())
                .isNull();
        assertThat(use(Group.DEVICE).totals().getFirst().uncertaintyMicrojoules())
                .isNull();
    }

    @Test
    void countsWhatSucceededInTheTimeAndIsTheTenantsOwn() {
        JobRow early = job("n1/cpu0", "rapl", 1.0, 0.1);
        early.finishedAt = FROM;
        JobRow late = job("n1/cpu0", "rapl", 1.0, 0.1);
        late.finishedAt = TO + 1;
        JobRow failed = job("n1/cpu0", "rapl", 1.0, 0.1);
        failed.state = "failed";
        JobRow others = job("n1/cpu0", "rapl", 1.0, 0.1);
        others.tenant = "other";
        others.nodeId = "other/n1";
        List.of(early, late, failed, others).forEach(this::insert);
        assertThat(use(Group.DEVICE).groups()).isEmpty();
        assertThat(use(Group.DEVICE).totals()).isEmpty();
    }

    @Test
    void sharedInferencesAreTheirPartsByDeviceAndWholeByModel() {
        JobRow shared = job("n1/cpu0", "model", 900.0, 0.3);
        shared.split = true;
        insert(shared);
        for (int place = 0; place < 2; place++) {
            SplitPartRow part = new SplitPartRow();
            part.id = shared.id + "." + place;
            part.jobId = shared.id;
            part.tenant = TestFleet.TENANT;
            part.place = place;
            part.nodeId = "acme/n" + (place + 1);
            part.device = "cpu0";
            part.fromOperator = place;
            part.toOperator = place + 1;
            part.sentAt = TO;
            part.tookMicros = 5L;
            part.microjoules = place == 0 ? 300.0 : 500.0;
            part.energyMethod = "model";
            part.energyUncertainty = 0.3;
            part.sendMicrojoules = place == 0 ? 60.0 : null;
            part.receiveMicrojoules = place == 0 ? null : 40.0;
            insert(part);
        }
        assertThat(use(Group.NODE).groups())
                .extracting(
                        Used::group,
                        Used::runs,
                        used -> used.figures().stream()
                                .map(figure -> "%s %.0f".formatted(figure.kind(), figure.microjoules()))
                                .toList())
                .containsExactly(
                        tuple("n2", 1L, List.of("PART 500", "RADIO 40")),
                        tuple("n1", 1L, List.of("PART 300", "RADIO 60")));
        assertThat(use(Group.NODE).totals())
                .extracting(Total::isRadio, Total::microjoules, total -> total.uncertaintyMicrojoules() == null)
                .containsExactly(tuple(false, 800.0, false), tuple(true, 100.0, true));
        assertThat(only(Group.MODEL).figures())
                .extracting(Figure::kind, Figure::microjoules)
                .containsExactly(tuple(Kind.INFERENCE, 900.0));
    }

    @Test
    void whoOnlySendsItsInputOnRunsNothingAndIsNotUnknown() {
        SplitPartRow passes = new SplitPartRow();
        passes.id = "j-1.0";
        passes.jobId = "j-1";
        passes.tenant = TestFleet.TENANT;
        passes.nodeId = "acme/n1";
        passes.device = "cpu0";
        passes.sentAt = TO;
        passes.tookMicros = 0L;
        passes.energyMethod = "unknown";
        passes.sendMicrojoules = 60.0;
        insert(passes);
        Used used = only(Group.DEVICE);
        assertThat(used.runs()).isZero();
        assertThat(used.unknown()).isZero();
        assertThat(used.figures()).containsExactly(new Figure(Kind.RADIO, "model", 1, 60, null));
    }

    @Test
    void framesCountWithTheirStreamsSourceAndModel() {
        LiveStreamRow stream = new LiveStreamRow();
        stream.id = "s-1";
        stream.tenant = TestFleet.TENANT;
        stream.model = "person";
        stream.nodeId = "acme/n1";
        stream.device = "gap8";
        insert(stream);
        StreamWindowRow window = new StreamWindowRow();
        window.id = "s-1#1";
        window.tenant = TestFleet.TENANT;
        window.streamId = stream.id;
        window.met = 9;
        window.missed = 1;
        window.skipped = 3;
        window.energyCount = 8;
        window.microjoules = 400;
        window.energyMethod = "model";
        window.energyUncertainty = 0.25;
        window.linkCount = 5;
        window.linkMicrojoules = 70;
        window.receivedAt = TO;
        insert(window);
        StreamWindowRow silent = new StreamWindowRow();
        silent.id = "s-1#2";
        silent.tenant = TestFleet.TENANT;
        silent.streamId = stream.id;
        silent.met = 4;
        silent.energyMethod = "unknown";
        silent.receivedAt = TO;
        insert(silent);
        for (Map.Entry<Group, String> named : Map.of(Group.DEVICE, "n1/gap8", Group.NODE, "n1", Group.MODEL, "person")
                .entrySet()) {
            Used used = only(named.getKey());
            assertThat(used.group()).isEqualTo(named.getValue());
            assertThat(used.runs()).isEqualTo(14);
            assertThat(used.unknown()).isEqualTo(6);
            assertThat(used.figures())
                    .containsExactly(
                            new Figure(Kind.FRAME, "model", 8, 400, 100.0),
                            new Figure(Kind.RADIO, "model", 5, 70, null));
        }
    }

    @Test
    void classesAreThoseThatDevicesHaveNow() {
        DeviceRow device = new DeviceRow();
        device.id = "acme/n1/gap8";
        device.tenant = TestFleet.TENANT;
        device.deviceClass = "nano-drone";
        insert(device);
        insert(job("n1/gap8", "model", 50.0, 0.3));
        insert(job("n9/gone", "model", 70.0, 0.3));
        assertThat(use(Group.CLASS).groups())
                .extracting(Used::group, used -> used.figures().getFirst().microjoules())
                .containsExactly(tuple(EnergyUse.GONE, 70.0), tuple("nano-drone", 50.0));
    }

    @Test
    void addsUpAsAPlainLoopDoesWhateverThereIs() {
        SeededCases.forEach(900, 20, (random, _) -> {
            EnergyUseTest fresh = new EnergyUseTest();
            Map<String, Double> expected = new TreeMap<>();
            List<String> methods = List.of("rapl", "hwmon", "model", "unknown");
            long unknown = 0;
            for (int i = 0; i < 60; i++) {
                String method = methods.get(random.nextInt(methods.size()));
                boolean known = !method.equals("unknown");
                double microjoules = random.nextDouble() * 1000;
                String device = "n%d/cpu0".formatted(random.nextInt(4));
                JobRow row = fresh.job(device, method, known ? microjoules : null, known ? 0.1 : null);
                fresh.insert(row);
                unknown += known ? 0 : 1;
                if (known) {
                    expected.merge(device + " " + method, microjoules, Double::sum);
                }
            }
            EnergyUse.Report report = fresh.use(Group.DEVICE);
            List<String> seen = new ArrayList<>();
            for (Used used : report.groups()) {
                for (Figure figure : used.figures()) {
                    String key = used.group() + " " + figure.method();
                    assertThat(figure.microjoules()).as(key).isCloseTo(expected.get(key), offset(1e-6));
                    seen.add(key);
                }
            }
            assertThat(seen).containsExactlyInAnyOrderElementsOf(expected.keySet());
            assertThat(report.runs()).isEqualTo(60);
            assertThat(report.unknown()).isEqualTo(unknown);
        });
    }
}
