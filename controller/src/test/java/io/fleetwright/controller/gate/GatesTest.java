package io.fleetwright.controller.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.rollout.GateVerdict;
import io.fleetwright.controller.rollout.Policy;
import io.fleetwright.controller.rollout.PolicyJson;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.Observation.Comparison;
import io.fleetwright.telemetry.wire.Observation.Energy;
import io.fleetwright.telemetry.wire.Observation.Labels;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatesTest {
    private static final String LATENCY = "{\"metrics\":[{\"metric\":\"latency-p95\"}]}";
    private static final String AGREEMENT =
            "{\"metrics\":[{\"metric\":\"agreement\",\"limit\":0.9},{\"metric\":\"saturation\"}]}";

    private final TestFleet fleet = new TestFleet();
    private TestBoard board;
    private long sequence;

    @BeforeEach
    void boardThatRunsTheFirstVersion() {
        board = fleet.enrol(TestFleet.TENANT, "one");
        board.birth();
        fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0", 100);
        board.runsWhatIsDesired("glyphs");
    }

    private Observation labelled(int labelled, int correct) {
        Observation seen = observed(1000, labelled, 0, 0, 0);
        return new Observation(
                seen.device(),
                seen.slot(),
                seen.digest(),
                5000,
                labelled,
                false,
                seen.latency(),
                Energy.NONE,
                new Labels(labelled, correct),
                seen.comparison(),
                0,
                0,
                false);
    }

    private Observation observed(double micros, int count, int compared, int agreed, int saturated) {
        return new Observation(
                TestBoard.DEVICE,
                "glyphs",
                Objects.requireNonNull(board.slot("glyphs").desiredDigest),
                5000,
                count,
                false,
                new LatencyHistogram(new TreeMap<>(Map.of(LatencyHistogram.bucket(micros), (long) count))),
                Energy.NONE,
                new Labels(0, 0),
                new Comparison(compared, agreed, 0, 0),
                saturated,
                0,
                false);
    }

    private TelemetryFrame frame(Observation observation) {
        return new TelemetryFrame(
                new Stamp(Objects.requireNonNull(board.node().boot), ++sequence),
                fleet.clock.millis(),
                List.of(),
                0,
                List.of(observation));
    }

    private void sees(Observation observation) {
        board.sendOk(Topic.Kind.UP_TELEMETRY, frame(observation).encode());
    }

    private RolloutRow rollOutSecond(String gates) {
        return rollOutSecond(gates, 100);
    }

    private RolloutRow rollOutSecond(String gates, Integer... waves) {
        return rollOutSecond(gates, fleet.core().rollouts().percents(List.of(waves)));
    }

    private RolloutRow rollOutSecond(String gates, Policy policy) {
        fleet.publish("glyphs", "1.1.0");
        Rollouts.Request request = TestFleet.requestOf("glyphs", "1.1.0", policy);
        return fleet.core().act(TestFleet.TENANT, "test", "rollout.created", "glyphs", scope -> {
            RolloutRow rollout = fleet.core()
                    .rollouts()
                    .create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis());
            fleet.core().gates().admit(scope.tx(), scope.effects(), rollout, gates, scope.nowMillis());
            return rollout;
        });
    }

    private GateVerdict verdict(RolloutRow rollout) {
        return fleet.core()
                .run(scope -> fleet.core().gates().verdict(scope.tx(), rollout, 0, List.of(), scope.nowMillis()));
    }

    @Test
    void slowerThanWhatRanBeforeBreachesAndAsFastPasses() {
        sees(observed(1000, 200, 0, 0, 0));
        RolloutRow rollout = rollOutSecond(LATENCY);
        assertThat(verdict(rollout)).isInstanceOfSatisfying(GateVerdict.Waiting.class, waiting -> {
            assertThat(waiting.rule()).isEqualTo("latency-p95");
            assertThat(waiting.detail()).contains("cpu: 0 of 0 slower than 1.").endsWith("; 0 of at least 100 samples");
        });
        sees(observed(1000, 300, 0, 0, 0));
        assertThat(verdict(rollout)).isEqualTo(new GateVerdict.Pass());
        RolloutRow worse = rolloutWithFreshTests(rollout);
        sees(observed(1500, 20, 0, 0, 0));
        assertThat(verdict(worse)).isInstanceOfSatisfying(GateVerdict.Breach.class, breach -> {
            assertThat(breach.rule()).isEqualTo("latency-p95");
            assertThat(breach.detail()).contains("20 of 20 slower");
        });
    }

    /** The same rollout as if it had seen nothing. */
    private RolloutRow rolloutWithFreshTests(RolloutRow rollout) {
        fleet.core().run(scope -> {
            GateTestRow test = scope.tx()
                    .get(GateTestRow.class, rollout.id + "/latency-p95/cpu")
                    .orElseThrow();
            test.samples = 0;
            test.total = 0;
            test.peak = 0;
            test.decision = "OPEN";
            scope.tx().update(test);
            return true;
        });
        return rollout;
    }

    @Test
    void frameThatComesAgainCountsOnce() {
        RolloutRow rollout = rollOutSecond(AGREEMENT);
        byte[] frame = frame(observed(1000, 10, 10, 8, 0)).encode();
        board.sendOk(Topic.Kind.UP_TELEMETRY, frame);
        board.sendOk(Topic.Kind.UP_TELEMETRY, frame);
        fleet.restart();
        board.sendOk(Topic.Kind.UP_TELEMETRY, frame);
        GateTestRow test = fleet.get(GateTestRow.class, rollout.id + "/agreement/cpu");
        assertThat(test.samples).isEqualTo(10);
        assertThat(test.total).isEqualTo(2);
    }

    @Test
    void disagreementBreachesAndNamesTheFigures() {
        RolloutRow rollout = rollOutSecond(AGREEMENT);
        sees(observed(1000, 50, 50, 20, 0));
        assertThat(verdict(rollout)).isInstanceOfSatisfying(GateVerdict.Breach.class, breach -> {
            assertThat(breach.rule()).isEqualTo("agreement");
            assertThat(breach.detail()).startsWith("cpu: 30 of 50 wrong, tolerated 10.0 %");
        });
    }

    @Test
    void evidenceOfAnotherVersionOrKindSaysNothing() {
        sees(observed(1000, 200, 0, 0, 0));
        RolloutRow rollout = rollOutSecond(LATENCY);
        Observation seen = observed(5000, 50, 0, 0, 0);
        sees(new Observation(
                seen.device(),
                seen.slot(),
                seen.digest(),
                5000,
                50,
                true,
                seen.latency(),
                Energy.NONE,
                seen.labels(),
                Comparison.NONE,
                0,
                0,
                false));
        sees(new Observation(
                seen.device(),
                seen.slot(),
                "sha256:" + "0".repeat(64),
                5000,
                50,
                false,
                seen.latency(),
                Energy.NONE,
                seen.labels(),
                Comparison.NONE,
                0,
                0,
                false));
        assertThat(fleet.get(GateTestRow.class, rollout.id + "/latency-p95/cpu").samples)
                .isZero();
    }

    @Test
    void runningVersionRunsBesideTheNewOneUntilTheRolloutIsOver() {
        String running = Objects.requireNonNull(board.slot("glyphs").desiredDigest);
        RolloutRow rollout = rollOutSecond(AGREEMENT);
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isEqualTo(running);
        fleet.step(Duration.ofSeconds(1));
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isEqualTo(running);
        board.runsWhatIsDesired("glyphs");
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("running");
        sees(observed(1000, 200, 200, 200, 0));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("succeeded");
        long before = board.node().desiredVersion;
        fleet.step(Duration.ofSeconds(1));
        fleet.step(Duration.ofSeconds(1));
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isNull();
        assertThat(board.slot("glyphs").desiredDigest).isNotEqualTo(running);
        assertThat(board.node().desiredVersion).isEqualTo(before + 1);
    }

    @Test
    void aRolloutThatEndsLeavesTheShadowsOfAnother() {
        TestBoard second = fleet.enrol(TestFleet.TENANT, "two");
        second.birth();
        fleet.rollOut("glyphs", "1.0.0", 100);
        board.runsWhatIsDesired("glyphs");
        second.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        fleet.publish("glyphs", "1.1.0");
        RolloutRow first = compare("1.1.0", "one/" + TestBoard.DEVICE);
        compare("1.1.0", "two/" + TestBoard.DEVICE);
        String running = Objects.requireNonNull(second.slot("glyphs.shadow-20").desiredDigest);
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isEqualTo(running);
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "rollout.aborted",
                        first.id,
                        scope -> fleet.core()
                                .rollouts()
                                .abort(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        first.id,
                                        Reach.ALL,
                                        scope.nowMillis()));
        board.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofMinutes(5));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(first.id).state).isEqualTo("aborted");
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isNull();
        assertThat(second.slot("glyphs.shadow-20").desiredDigest).isEqualTo(running);
    }

    @Test
    void shadowsOfARolloutStayWhenTheOneBeforeItInTheSameSlotsHasJustEnded() {
        RolloutRow first = rollOutSecond(AGREEMENT);
        board.runsWhatIsDesired("glyphs");
        sees(observed(1000, 200, 200, 200, 0));
        assertThat(fleet.rollout(first.id).state).isEqualTo("succeeded");
        // Nothing has looked yet at what the first one has left.
        assertThat(fleet.get(GatePolicyRow.class, first.id).open).isTrue();
        String running = Objects.requireNonNull(board.slot("glyphs").desiredDigest);
        fleet.publish("glyphs", "1.2.0");
        RolloutRow next = compare("1.2.0", "one/" + TestBoard.DEVICE);
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isEqualTo(running);
        fleet.step(Duration.ofSeconds(1));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.get(GatePolicyRow.class, first.id).open).isFalse();
        assertThat(fleet.rollout(next.id).state).isEqualTo("running");
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isEqualTo(running);
    }

    @Test
    void aRolloutThatEndsLeavesTheShadowsOfANewerOneOnItsOwnDevices() {
        TestBoard second = secondBoardThatRunsTheFirstVersion();
        fleet.publish("glyphs", "1.1.0");
        second.status(Status.State.LOST);
        RolloutRow first = compare("1.1.0", "one/" + TestBoard.DEVICE, "two/" + TestBoard.DEVICE);
        board.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        assertThat(fleet.target(first.id, second).state).isEqualTo("skipped");
        second.status(Status.State.ONLINE);
        fleet.publish("glyphs", "1.2.0");
        RolloutRow newer = compare("1.2.0", "two/" + TestBoard.DEVICE);
        second.runsWhatIsDesired("glyphs");
        String running = Objects.requireNonNull(second.slot("glyphs.shadow-20").desiredDigest);
        abort(first);
        assertThat(fleet.get(GatePolicyRow.class, first.id).open).isFalse();
        assertThat(board.slot("glyphs.shadow-20").desiredDigest).isNull();
        assertThat(second.slot("glyphs.shadow-20").desiredDigest).isEqualTo(running);
        abort(newer);
        assertThat(second.slot("glyphs.shadow-20").desiredDigest).isNull();
    }

    private void abort(RolloutRow rollout) {
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "rollout.aborted",
                        rollout.id,
                        scope -> fleet.core()
                                .rollouts()
                                .abort(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        rollout.id,
                                        Reach.ALL,
                                        scope.nowMillis()));
        fleet.step(Duration.ofSeconds(1));
        fleet.step(Duration.ofMinutes(5));
        fleet.step(Duration.ofSeconds(1));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("aborted");
    }

    private RolloutRow compare(String version, String... devices) {
        Rollouts.Request request = new Rollouts.Request(
                "glyphs",
                version,
                List.of(),
                List.of(devices),
                null,
                List.of(),
                fleet.core().rollouts().percents(List.of(100)),
                null,
                null,
                null,
                Set.of(Rollouts.Allowance.UNAPPROVED),
                AGREEMENT);
        return fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "rollout.created",
                        "glyphs",
                        scope -> fleet.core()
                                .rollouts()
                                .create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis()));
    }

    @Test
    void breachEndsDispatchInTheTransactionThatBringsTheEvidence() {
        TestBoard second = fleet.enrol(TestFleet.TENANT, "two");
        second.birth();
        fleet.rollOut("glyphs", "1.0.0", 100);
        board.runsWhatIsDesired("glyphs");
        second.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        String running = Objects.requireNonNull(second.slot("glyphs").desiredDigest);
        RolloutRow rollout = rollOutSecond(AGREEMENT, 50, 100);
        board.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).wave).isZero();
        sees(observed(1000, 50, 50, 20, 0));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolling-back");
        assertThat(fleet.rollout(rollout.id).detail).startsWith("agreement: cpu: 30 of 50 wrong");
        fleet.step(Duration.ofSeconds(1));
        assertThat(second.slot("glyphs").desiredDigest).isEqualTo(running);
        assertThat(board.slot("glyphs").desiredDigest).isEqualTo(running);
        board.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolled-back");
    }

    /** One device at a time, so that the next one waits for nothing but the success of this one. */
    private RolloutRow rollOutOneByOne(String gates) {
        return rollOutSecond(
                gates,
                PolicyJson.read("{\"changingMax\":1}", fleet.core().rollouts().percents(List.of(100))));
    }

    private TestBoard secondBoardThatRunsTheFirstVersion() {
        TestBoard second = fleet.enrol(TestFleet.TENANT, "two");
        second.birth();
        fleet.rollOut("glyphs", "1.0.0", 100);
        board.runsWhatIsDesired("glyphs");
        second.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        return second;
    }

    private long lists(TestBoard of) {
        return fleet.transport.desired(of.address).size();
    }

    @ParameterizedTest
    @CsvSource({"20,rolling-back,pending", "50,running,running"})
    void evidenceThatIsThereWhenAStepBeginsCountsBeforeItStartsATarget(int agreed, String state, String next) {
        TestBoard second = secondBoardThatRunsTheFirstVersion();
        RolloutRow rollout = rollOutOneByOne(AGREEMENT);
        board.runsWhatIsDesired("glyphs");
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("succeeded");
        assertThat(fleet.target(rollout.id, second).state).isEqualTo("pending");
        TelemetryFrame frame = frame(observed(1000, 50, 50, agreed, 0));
        fleet.core().run(scope -> {
            NodeRow node = scope.tx().get(NodeRow.class, board.node().id).orElseThrow();
            return fleet.core().gates().observe(scope.tx(), node, frame, scope.nowMillis());
        });
        long before = lists(second);
        fleet.step(Duration.ZERO);
        assertThat(fleet.rollout(rollout.id).state).isEqualTo(state);
        assertThat(fleet.target(rollout.id, second).state).isEqualTo(next);
        assertThat(lists(second) - before).isEqualTo(next.equals("running") ? 1 : 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noTargetStartsInTheTransactionOfTheBreachOrAfterIt(boolean successFirst) {
        TestBoard second = secondBoardThatRunsTheFirstVersion();
        String running = Objects.requireNonNull(second.slot("glyphs").desiredDigest);
        RolloutRow rollout = rollOutOneByOne(AGREEMENT);
        TestBoard first = fleet.target(rollout.id, board).state.equals("running") ? board : second;
        TestBoard other = first == board ? second : board;
        assertThat(fleet.target(rollout.id, other).state).isEqualTo("pending");
        Transport.Arrived success = new Transport.Arrived(
                new Topic(first.address, Topic.Kind.UP_REPORTED).text(),
                first.reportOf(TestBoard.active("glyphs", Objects.requireNonNull(first.slot("glyphs").desiredDigest)))
                        .encode());
        Transport.Arrived breach = new Transport.Arrived(
                new Topic(first.address, Topic.Kind.UP_TELEMETRY).text(),
                frame(observed(1000, 50, 50, 20, 0)).encode());
        long before = lists(other);
        fleet.core()
                .messages(
                        successFirst ? List.of(success, breach) : List.of(breach, success),
                        (message, why) -> Assertions.fail("%s was dropped: %s", message.topic(), why));
        long counted = fleet.get(GateTestRow.class, rollout.id + "/agreement/cpu").updatedAt;
        long halted = fleet.all(AuditRow.class).stream()
                .filter(entry -> entry.action.equals("rollout.rolling-back"))
                .mapToLong(entry -> entry.atMillis)
                .findFirst()
                .orElseThrow();
        assertThat(halted - counted).isBetween(0L, 1000L);
        assertThat(lists(other)).isEqualTo(before);
        for (int step = 0; step < 20; step++) {
            fleet.step(Duration.ofMillis(500));
        }
        assertThat(fleet.target(rollout.id, other).state).isEqualTo("cancelled");
        assertThat(fleet.target(rollout.id, other).startedAt).isZero();
        assertThat(other.slot("glyphs").desiredDigest).isEqualTo(running);
    }

    @Test
    void aWrongChecksumStopsBeforeTheSameReportStartsAnotherTarget() {
        TestBoard pair = fleet.enrol(TestFleet.TENANT, "pair");
        pair.birth(pair.birthOf(List.of(), 0)
                .withDevices(List.of(
                        TestBoard.device(TestBoard.DEVICE, DeviceClass.CPU),
                        TestBoard.device("cpu1", DeviceClass.CPU))));
        fleet.publish("letters", "1.0.0");
        Policy policy = PolicyJson.read(
                "{\"changingMax\":1,\"failuresTolerated\":1}",
                fleet.core().rollouts().percents(List.of(100)));
        Rollouts.Request request = new Rollouts.Request(
                "letters",
                "1.0.0",
                List.of(),
                List.of("pair/cpu0", "pair/cpu1"),
                null,
                List.of(),
                policy,
                null,
                null,
                null,
                Set.of(Rollouts.Allowance.UNAPPROVED),
                "{\"metrics\":[]}");
        RolloutRow rollout = fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "rollout.created",
                        "letters",
                        scope -> fleet.core()
                                .rollouts()
                                .create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis()));
        assertThat(fleet.target(rollout.id, pair).state).isEqualTo("running");
        pair.report(new SlotReport(TestBoard.DEVICE, "letters", null, SlotReport.State.FAILED, "hash-mismatch"));
        assertThat(fleet.get(TargetRow.class, rollout.id + "/pair/cpu1").startedAt)
                .isZero();
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolling-back");
        assertThat(fleet.rollout(rollout.id).detail).isEqualTo("checksum: pair/cpu0: hash-mismatch");
    }

    @Test
    void saturatedOutputsStopAtOnce() {
        RolloutRow rollout = rollOutSecond(AGREEMENT);
        sees(observed(1000, 10, 0, 0, 2));
        assertThat(verdict(rollout)).isInstanceOf(GateVerdict.Waiting.class);
        sees(observed(1000, 10, 0, 0, 3));
        assertThat(verdict(rollout)).isInstanceOfSatisfying(GateVerdict.Breach.class, breach -> {
            assertThat(breach.rule()).isEqualTo("saturation");
            assertThat(breach.detail()).contains("3 saturated and 0 failed of 10");
        });
    }

    @Test
    void thirdRestartWithinFiveMinutesStops() {
        RolloutRow rollout = rollOutSecond(AGREEMENT);
        for (int boot = 1; boot <= 3; boot++) {
            assertThat(verdict(rollout)).isInstanceOf(GateVerdict.Waiting.class);
            fleet.clock.advance(Duration.ofSeconds(30));
            board.reboot("%016x".formatted(boot));
        }
        assertThat(verdict(rollout)).isInstanceOfSatisfying(GateVerdict.Breach.class, breach -> {
            assertThat(breach.rule()).isEqualTo("crash-loop");
            assertThat(breach.detail()).contains("3 restarts within 5 minutes");
        });
    }

    @Test
    void bootsOfThePastAreNoRestarts() {
        RolloutRow rollout = rollOutSecond(AGREEMENT);
        fleet.clock.advance(Duration.ofSeconds(30));
        for (int boot = 1; boot <= 3; boot++) {
            board.boot = "%016x".formatted(boot);
            board.birth(board.birthOf(List.of(), 0).ofThePast());
        }
        board.reboot("00000000000000bb");
        assertThat(verdict(rollout)).isInstanceOf(GateVerdict.Waiting.class);
        fleet.step(Duration.ofMinutes(1));
        assertThat(fleet.all(MetricRow.class).stream().map(metric -> metric.boot))
                .contains("0000000000000001", "00000000000000bb");
    }

    @Test
    void wrongChecksumStops() {
        RolloutRow rollout = rollOutSecond(AGREEMENT);
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "hash-mismatch"));
        assertThat(verdict(rollout))
                .isInstanceOfSatisfying(
                        GateVerdict.Breach.class,
                        breach -> assertThat(breach.rule()).isEqualTo("checksum"));
    }

    @Test
    void metricThatNobodyReportsIsRefusedByName() {
        assertThatThrownBy(() -> rollOutSecond("{\"metrics\":[{\"metric\":\"energy-mean\",\"limit\":3}]}"))
                .isInstanceOf(Refusal.class)
                .hasMessage("gate energy-mean: none of the matched devices reports energy");
    }

    @Test
    void relativeLimitWithoutABaselineIsRefused() {
        assertThatThrownBy(() -> rollOutSecond(LATENCY))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("gate latency-p95: no cpu device has told of what it runs now");
    }

    @Test
    void accuracyIsNotComparedWithWhatIsNeverRight() {
        fleet.rollOut("glyphs", "1.0.0", 100);
        board.runsWhatIsDesired("glyphs");
        sees(labelled(100, 5));
        assertThatThrownBy(() -> rollOutSecond("{\"metrics\":[{\"metric\":\"accuracy\"}]}"))
                .isInstanceOf(Refusal.class)
                .hasMessage(
                        "gate accuracy: what cpu devices run now is right 5.0 % of the time, and nothing can be worse;"
                                + " give a limit");
    }

    @Test
    void aDeviceThatGetsEverythingRightCountsInWhatItsClassGetsRight() {
        sees(labelled(100, 100));
        RolloutRow rollout = rollOutSecond("{\"metrics\":[{\"metric\":\"accuracy\"}]}");
        GateTestRow test = fleet.get(GateTestRow.class, GateTestRow.key(rollout.id, GateMetric.ACCURACY, "cpu"));
        assertThat(test.tolerated).isCloseTo(1.0 / 102, within(1e-9));
    }

    @Test
    void aClassWithoutTestsJoinsNoRolloutThatIsJudged() {
        sees(observed(1000, 200, 0, 0, 0));
        RolloutRow rollout = rollOutSecond(
                LATENCY,
                PolicyJson.read("{\"joinSeconds\":60}", fleet.core().rollouts().percents(List.of(100))));
        TestBoard other = fleet.enrol(TestFleet.TENANT, "other");
        other.birth(other.birthOf(List.of(), 0).withDevices(List.of(TestBoard.device("npu0", DeviceClass.NPU))));
        TestBoard alike = fleet.enrol(TestFleet.TENANT, "alike");
        alike.birth();
        fleet.step(Duration.ofSeconds(10));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.all(TargetRow.class).stream().filter(target -> target.rolloutId.equals(rollout.id)))
                .extracting(target -> target.node)
                .containsExactlyInAnyOrder("one", "alike");
    }

    @Test
    void aFieldThatNobodyKnowsIsRefusedButWhatIsStoredIsRead() {
        String misspelt = "{\"metrics\":[{\"metric\":\"latency-p95\",\"limt\":12}]}";
        assertThatThrownBy(() -> GatePolicy.given(misspelt))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("limt");
        assertThat(GatePolicy.parse(misspelt).gates()).hasSize(1);
        assertThatThrownBy(() -> GatePolicy.given("{\"metrics\":[],\"alhpa\":0.1}"))
                .hasMessageContaining("alhpa");
        assertThatThrownBy(() -> GatePolicy.given("{\"metrics\":[{\"metric\":\"saturation\",\"limit\":20}]}"))
                .hasMessageContaining("saturation: limit (20.0) must be a share below 1");
    }

    @Test
    void sharesMayBeHighAsGoodNetworksAre() {
        for (String limit : List.of("0.06", "0.9", "0.95", "0.995")) {
            for (String metric : List.of("agreement", "accuracy")) {
                GatePolicy policy =
                        GatePolicy.parse("{\"metrics\":[{\"metric\":\"%s\",\"limit\":%s}]}".formatted(metric, limit));
                assertThat(policy.gates().getFirst().limit()).isEqualTo(Double.parseDouble(limit));
            }
        }
        for (String limit : List.of("0", "0.05", "1", "95")) {
            assertThatThrownBy(() ->
                            GatePolicy.parse("{\"metrics\":[{\"metric\":\"accuracy\",\"limit\":%s}]}".formatted(limit)))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("accuracy: limit (")
                    .hasMessageContaining("must be above 0.05 and below 1");
        }
    }

    @Test
    void policySaysWhatIsWrongWithIt() {
        assertThatThrownBy(() -> GatePolicy.parse("{\"metrics\":[{\"metric\":\"luck\"}]}"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("luck");
        assertThatThrownBy(() -> GatePolicy.parse(
                        "{\"metrics\":[{\"metric\":\"agreement\"},{\"metric\":\"agreement\",\"limit\":0.8}]}"))
                .hasMessageContaining("agreement is named twice");
        assertThatThrownBy(() -> GatePolicy.parse("{\"alpha\":0.9,\"metrics\":[]}"))
                .hasMessageContaining("alpha (0.9)");
        assertThatThrownBy(() ->
                        GatePolicy.parse("{\"metrics\":[{\"metric\":\"latency-p95\",\"limit\":3,\"relative\":1.1}]}"))
                .hasMessageContaining("both limit and relative");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"beta":1e-17,"metrics":[]} | beta (1.0E-17) must be at least 1.0E-9
                    {"alpha":9e-10,"metrics":[]} | alpha (9.0E-10) must be at least 1.0E-9
                    {"metrics":[{"metric":"energy-mean","limit":1e306}]} | energy-mean: limit (1.0E306)
                    {"metrics":[{"metric":"latency-p95","limit":1e-300}]} | latency-p95: limit (1.0E-300)
                    {"metrics":[{"metric":"agreement","limit":0.05000000000000001}]} | gate agreement, cpu: p0 (0.95)
                    {"alpha":1e-9,"metrics":[{"metric":"agreement"},{"metric":"accuracy-paired"}]} | leaves each of 2 tests
                    """)
    void numbersThatNoTestCanComputeWithAreRefusedByName(String gates, String wrong) {
        assertThatThrownBy(() -> rollOutSecond(gates))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID))
                .hasMessageContaining(wrong);
    }

    private Observation energy(double millijoules, EnergyMethod method) {
        Observation seen = observed(1000, 2, 0, 0, 0);
        return new Observation(
                seen.device(),
                seen.slot(),
                seen.digest(),
                5000,
                2,
                false,
                seen.latency(),
                Energy.NONE.plus(millijoules * 990, method).plus(millijoules * 1010, method),
                seen.labels(),
                Comparison.NONE,
                0,
                0,
                false);
    }

    /** The node says that its device has a meter. */
    private void hasMeter() {
        String digest = Objects.requireNonNull(board.slot("glyphs").desiredDigest);
        board.birth(board.birthOf(List.of(TestBoard.active("glyphs", digest)), board.node().desiredVersion)
                .withMetrics(List.of(
                        new Birth.Metric(9, TestBoard.DEVICE, "inference.energy", "mJ", false, EnergyMethod.RAPL))));
    }

    @Test
    void energyIsComparedWithThatOfTheSameDeviceByTheSameMethod() {
        hasMeter();
        sees(energy(5, EnergyMethod.RAPL));
        RolloutRow rollout = rollOutSecond("{\"metrics\":[{\"metric\":\"energy-mean\"}]}");
        for (int window = 0; window < 10; window++) {
            sees(energy(50, EnergyMethod.BATTERY));
        }
        assertThat(fleet.get(GateTestRow.class, rollout.id + "/energy-mean/cpu").samples)
                .isZero();
        for (int window = 0; window < 10; window++) {
            sees(energy(6 + window % 2 * 0.2, EnergyMethod.RAPL));
        }
        assertThat(verdict(rollout)).isInstanceOfSatisfying(GateVerdict.Breach.class, breach -> {
            assertThat(breach.rule()).isEqualTo("energy-mean");
            assertThat(breach.detail()).contains("tolerated x1.050");
        });
    }

    @Test
    void energyAsBeforePasses() {
        hasMeter();
        sees(energy(5, EnergyMethod.RAPL));
        RolloutRow rollout = rollOutSecond("{\"metrics\":[{\"metric\":\"energy-mean\"}]}");
        for (int window = 0; window < 12; window++) {
            sees(energy(5 + window % 2 * 0.1, EnergyMethod.RAPL));
        }
        assertThat(verdict(rollout)).isEqualTo(new GateVerdict.Pass());
    }
}
