package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.testkit.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams that want the same helper. One takes six tenths of a helper's time, and is too slow for its source alone. */
final class StreamPriorityTest extends StreamFleet {
    /** Less than the source needs alone. */
    private static final long PERIOD = 60;
    /** Of the network on a source: two quarters are longer than a period, so that sources cannot help each other. */
    private static final double SOURCE_MICROS = 130_000;
    /** Of the network on a helper: its rest, three quarters, is six tenths of the period. */
    private static final double HELPER_MICROS = 48_000;

    private TestBoard source(String node) {
        TestBoard board = fleet.enrol(TestFleet.TENANT, node);
        cost(board, SOURCE_MICROS);
        birth(board, new Birth.Link(10_000, 2, 0));
        return board;
    }

    @BeforeEach
    void theSourceIsSlow() {
        cost(slow, SOURCE_MICROS);
    }

    private static Streams.Request wants(TestBoard source, long periodMillis, int priority) {
        return new Streams.Request(
                "glyphs",
                source.address.node() + "/cpu0",
                "cam",
                Duration.ofMillis(periodMillis),
                Duration.ofMillis(3 * periodMillis),
                8,
                null,
                null,
                priority,
                null);
    }

    private LiveStreamRow stop(LiveStreamRow row) {
        return fleet.core()
                .run(scope -> fleet.core()
                        .streams()
                        .stop(scope.tx(), scope.effects(), TestFleet.TENANT, row.id, scope.nowMillis()));
    }

    /** Only one helper, which has time for one stream. */
    private void onlyQuickHelps() {
        fast.status(Status.State.LOST);
        cost(quick, HELPER_MICROS);
    }

    @Test
    void aPriorityIsFromZeroToNine() {
        assertThatThrownBy(() -> wants(slow, PERIOD, -1)).hasMessageContaining("priority (-1) must be from 0 to 9");
        assertThatThrownBy(() -> wants(slow, PERIOD, 10))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID))
                .hasMessageContaining("priority (10) must be from 0 to 9");
    }

    @Test
    void bothNodesAreToldOfThePriority() {
        create(wants(slow, PERIOD, 7));
        assertThat(orders(quick).getLast().part())
                .isInstanceOfSatisfying(
                        StreamOrder.Helper.class,
                        order -> assertThat(order.priority()).isEqualTo(7));
        assertThat(orders(slow).getLast().part())
                .isInstanceOfSatisfying(
                        StreamOrder.Source.class,
                        order -> assertThat(order.priority()).isEqualTo(7));
    }

    @Test
    void aLowerStreamYieldsItsHelperAndHasItBackWhenTheHigherOneEnds() {
        onlyQuickHelps();
        LiveStreamRow low = create(wants(slow, PERIOD, 0));
        assertThat(plan(low).peerNodeId).isEqualTo("acme/quick");
        fleet.transport.clear();
        LiveStreamRow high = create(wants(source("other"), PERIOD, 1));
        assertThat(plan(high).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(high).keeps).isTrue();
        assertThat(plan(low).peerNodeId).isNull();
        assertThat(plan(low).cause).isEqualTo("yielded");
        assertThat(now(low).state).isEqualTo(Streams.DEGRADED);
        assertThat(now(low).yieldsTo).isEqualTo(high.id);
        assertThat(plan(low).why)
                .contains("\"yieldsTo\":\"" + high.id, "\"verdict\":\"held\"", "\"heldBy\":[\"" + high.id);
        assertThat(orders(quick)).extracting(StreamOrder::stream).containsExactly(high.id, low.id);
        assertThat(orders(quick).getLast().part()).isEqualTo(new StreamOrder.Stop());

        stop(high);
        assertThat(plan(low).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(low).cause).isEqualTo("helper-free");
        assertThat(now(low).yieldsTo).isNull();
        assertThat(now(low).state).isEqualTo(Streams.RUNNING);
        assertThat(now(low).epoch).isEqualTo(3);
    }

    private void passWith(Duration time, TestBoard... boards) {
        Duration step = Duration.ofSeconds(4);
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(step)) {
            List.of(boards).forEach(board -> board.status(Status.State.ONLINE));
            fleet.step(step);
        }
    }

    @Test
    void aHigherStreamWhoseSourceStaysAwayHoldsItsHelperUntilItsLeaseEndsAndHasItBackAtOnce() {
        onlyQuickHelps();
        LiveStreamRow low = create(wants(slow, PERIOD, 0));
        TestBoard other = source("other");
        LiveStreamRow high = create(wants(other, PERIOD, 1));
        other.status(Status.State.LOST);
        passWith(Duration.ofMinutes(14), slow, quick);
        assertThat(now(high).state).isEqualTo(Streams.WAITING);
        assertThat(now(low).yieldsTo).as("quick may help it still").isEqualTo(high.id);

        passWith(Duration.ofMinutes(3), slow, quick);
        assertThat(now(high).state).isEqualTo(Streams.WAITING);
        assertThat(plan(low).peerNodeId).isEqualTo("acme/quick");
        assertThat(now(low).state).isEqualTo(Streams.RUNNING);

        birth(other, new Birth.Link(10_000, 2, 0));
        assertThat(plan(high).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(low).peerNodeId).isNull();
        assertThat(plan(low).cause).isEqualTo("yielded");
        assertThat(now(low).yieldsTo).isEqualTo(high.id);
    }

    @Test
    void oneOfTheSamePriorityHoldsItsHelperAndWhyNamesIt() {
        onlyQuickHelps();
        LiveStreamRow first = create(wants(slow, PERIOD, 5));
        TestBoard other = source("other");
        assertThatThrownBy(() -> create(wants(other, PERIOD, 5)))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.DEADLINE_UNREACHABLE));
        cost(fast, HELPER_MICROS * 1.1);
        birth(fast, null);
        TestBoard third = source("third");
        LiveStreamRow second = create(wants(third, PERIOD, 5));
        assertThat(plan(second).peerNodeId).isEqualTo("acme/fast");
        assertThat(now(first).epoch).isEqualTo(1);
        fast.status(Status.State.LOST);
        assertThat(now(second).state).isEqualTo(Streams.DEGRADED);
        assertThat(plan(second).why).contains("\"verdict\":\"slow\",\"heldBy\":[\"" + first.id);
        assertThat(now(second).yieldsTo).isNull();
        assertThat(now(first).epoch).isEqualTo(1);

        stop(first);
        assertThat(now(second).state).as("until it tries again").isEqualTo(Streams.DEGRADED);
        for (int i = 0; i < 16; i++) {
            List.of(slow, quick, other, third).forEach(board -> board.status(Status.State.ONLINE));
            fleet.step(Duration.ofSeconds(4));
        }
        assertThat(plan(second).cause).isEqualTo("tried-again");
        assertThat(plan(second).peerNodeId).isEqualTo("acme/quick");
        assertThat(now(second).state).isEqualTo(Streams.RUNNING);
    }

    @Test
    void whoYieldsMayHaveALowerOneYieldInItsTurnAndEachIsPlannedOnce() {
        cost(quick, HELPER_MICROS);
        cost(fast, HELPER_MICROS * 1.1);
        LiveStreamRow middle = create(wants(slow, PERIOD, 3));
        LiveStreamRow low = create(wants(source("other"), PERIOD, 1));
        assertThat(plan(middle).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(low).peerNodeId).isEqualTo("acme/fast");
        assertThat(now(low).yieldsTo).as("it would have the sooner one").isEqualTo(middle.id);
        LiveStreamRow high = create(wants(source("third"), PERIOD, 9));
        assertThat(plan(high).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(middle).peerNodeId).isEqualTo("acme/fast");
        assertThat(now(middle).yieldsTo).isEqualTo(high.id);
        assertThat(plan(low).peerNodeId).isNull();
        assertThat(now(middle).epoch).isEqualTo(2);
        assertThat(now(low).epoch).isEqualTo(2);
        stop(high);
        assertThat(plan(middle).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(low).peerNodeId).isEqualTo("acme/fast");
        assertThat(now(low).epoch).isEqualTo(3);
    }

    @Test
    void onlyAsManyYieldAsMustTheLowestFirstAndOfThemTheNewest() {
        fast.status(Status.State.LOST);
        cost(quick, HELPER_MICROS);
        // Three that take 15 % each.
        LiveStreamRow second = create(wants(slow, 4 * PERIOD, 2));
        LiveStreamRow older = create(wants(slow, 4 * PERIOD, 1));
        fleet.clock.advance(Duration.ofMillis(1));
        LiveStreamRow newer = create(wants(slow, 4 * PERIOD, 1));
        for (LiveStreamRow row : List.of(second, older, newer)) {
            assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
        }
        create(wants(source("other"), PERIOD, 5));
        assertThat(plan(newer).peerNodeId).as(plan(newer).why).isNull();
        assertThat(plan(older).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(second).peerNodeId).isEqualTo("acme/quick");
    }

    @Test
    void aNodeThatHelpsAsManyAsItMayLeavesOneForAHigherStream() {
        fast.status(Status.State.LOST);
        List<LiveStreamRow> low = new ArrayList<>();
        for (int i = 0; i < Streams.OPEN_PER_NODE_MAX; i++) {
            fleet.clock.advance(Duration.ofMillis(1));
            low.add(create(wants(slow, 20_000, 0)));
        }
        LiveStreamRow same = create(wants(source("other"), 20_000, 0));
        assertThat(plan(same).peerNodeId).isNull();
        assertThat(plan(same).why).contains("\"verdict\":\"held\",\"heldBy\":[\"" + low.getFirst().id);
        assertThat(now(same).yieldsTo).as("to none of a higher priority").isNull();
        LiveStreamRow high = create(wants(source("third"), 20_000, 1));
        assertThat(plan(high).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(low.getLast()).peerNodeId).isNull();
        assertThat(now(low.getLast()).yieldsTo).isEqualTo(high.id);
        for (LiveStreamRow row : low.subList(0, low.size() - 1)) {
            assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
        }
    }

    @Test
    void whoseSourceIsNotKnownYetYieldsAsSoonAsItIs() {
        onlyQuickHelps();
        LiveStreamRow low = create(wants(slow, PERIOD, 0));
        TestBoard other = source("other");
        fleet.restart();
        birth(quick, null);
        birth(other, new Birth.Link(10_000, 2, 0));
        LiveStreamRow high = create(wants(other, PERIOD, 1));
        assertThat(plan(high).peerNodeId).isEqualTo("acme/quick");
        assertThat(now(low).epoch).as("nobody knows whether it is there").isEqualTo(1);
        birth(slow, new Birth.Link(10_000, 2, 0));
        assertThat(now(low).epoch).isEqualTo(2);
        assertThat(plan(low).peerNodeId).isNull();
        assertThat(now(low).yieldsTo).isEqualTo(high.id);
    }

    @Test
    void theTurnOfAHigherStreamNeverComesBack() {
        StreamTurns turns = new StreamTurns();
        LiveStreamRow low = named("a", 1);
        LiveStreamRow high = named("b", 2);
        turns.add(low, "one");
        turns.add(high, "one");
        assertThat(Objects.requireNonNull(turns.poll()).row()).isSameAs(high);
        turns.force(low, "yielded");
        assertThat(turns.poll()).isEqualTo(new StreamTurns.Due(low, "yielded", true));
        assertThat(turns.poll()).isNull();
        assertThatThrownBy(() -> turns.force(high, "yielded")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> turns.force(named("c", 1), "yielded")).isInstanceOf(IllegalStateException.class);
    }

    private static LiveStreamRow named(String id, int priority) {
        LiveStreamRow row = new LiveStreamRow();
        row.id = id;
        row.priority = priority;
        return row;
    }

    /** Whatever comes and goes, plans settle: no stream is planned twice at once, and none while nothing happens. */
    @Test
    void plansSettleAndNoHelperHasMoreThanItsTimeForStreamsOfSeveralPriorities() {
        SeededCases.forEach(1, 60, (random, _) -> new Chance(random).run());
    }

    private static final class Chance extends StreamFleet {
        private final SplittableRandom random;
        private final List<TestBoard> sources;
        private final Map<TestBoard, Boolean> helpers = new HashMap<>();
        private final List<LiveStreamRow> created = new ArrayList<>();

        Chance(SplittableRandom random) {
            this.random = random;
            boardsRunTheSameVariant();
            sources = List.of(slow, fleet.board("a"), fleet.board("b"), fleet.board("c"));
            for (TestBoard board : sources) {
                birth(board, new Birth.Link(10_000, 2, 0));
                cost(board, SLOW_MICROS);
            }
            for (TestBoard board : List.of(fast, quick, fleet.board("third"))) {
                birth(board, null);
                cost(board, random.nextInt(20_000, 70_000));
                helpers.put(board, true);
            }
        }

        void run() {
            for (int step = 0; step < 30; step++) {
                Map<String, Long> before = epochs();
                happen();
                Map<String, Long> after = epochs();
                after.forEach((id, epoch) -> {
                    long was = before.getOrDefault(id, 0L);
                    assertThat(epoch - was).as("plans of %s at once", id).isBetween(0L, 1L);
                    if (epoch > was) {
                        checkCause(fleet.get(LiveStreamRow.class, id), before, after);
                    }
                });
                check();
                pass();
                pass();
                assertThat(epochs()).as("while nothing happens").isEqualTo(after);
            }
            theLastOneHasWhatItYielded();
        }

        /** Two seconds in which nothing happens. */
        private void pass() {
            sources.forEach(board -> board.status(Status.State.ONLINE));
            helpers.forEach((board, there) -> {
                if (there) {
                    board.status(Status.State.ONLINE);
                }
            });
            fleet.step(Duration.ofMillis(2_100));
        }

        private void happen() {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> {
                    TestBoard source = sources.get(random.nextInt(sources.size()));
                    try {
                        created.add(create(wants(source, random.nextInt(50, 200), 3 * random.nextInt(4))));
                    } catch (Refusal refused) {
                        assertThat(refused.kind()).isIn(Refusal.Kind.DEADLINE_UNREACHABLE, Refusal.Kind.TOO_MANY);
                    }
                }
                case 4, 5 -> {
                    List<LiveStreamRow> open = open();
                    if (!open.isEmpty()) {
                        stop(open.get(random.nextInt(open.size())));
                    }
                }
                case 6 -> turn(List.copyOf(helpers.keySet()).get(random.nextInt(3)));
                default -> cost(List.copyOf(helpers.keySet()).get(random.nextInt(3)), random.nextInt(20_000, 70_000));
            }
        }

        private void turn(TestBoard helper) {
            boolean there = helpers.getOrDefault(helper, true);
            if (there) {
                helper.status(Status.State.LOST);
            } else {
                birth(helper, null);
            }
            helpers.put(helper, !there);
        }

        private void stop(LiveStreamRow row) {
            fleet.core()
                    .run(scope -> fleet.core()
                            .streams()
                            .stop(scope.tx(), scope.effects(), TestFleet.TENANT, row.id, scope.nowMillis()));
        }

        private List<LiveStreamRow> open() {
            return created.stream()
                    .map(this::now)
                    .filter(row -> Streams.OPEN.contains(row.state))
                    .toList();
        }

        private Map<String, Long> epochs() {
            Map<String, Long> epochs = new HashMap<>();
            created.forEach(row -> epochs.put(row.id, now(row).epoch));
            return epochs;
        }

        /** A stream yields to a higher one alone that was planned, too. */
        private void checkCause(LiveStreamRow row, Map<String, Long> before, Map<String, Long> after) {
            if (plan(row).cause.equals("yielded")) {
                assertThat(created.stream().map(this::now))
                        .as("whom %s yields to", row.id)
                        .anyMatch(other -> other.priority > row.priority
                                && after.getOrDefault(other.id, 0L) > before.getOrDefault(other.id, 0L));
            }
        }

        private void check() {
            List<LiveStreamRow> open = open();
            for (TestBoard helper : helpers.keySet()) {
                List<LiveStreamRow> helped = open.stream()
                        .filter(row -> helper.address.toString().equals(plan(row).peerNodeId))
                        .toList();
                double busy = helped.stream()
                        .mapToDouble(row -> plan(row).backMicros / 1000.0 / row.periodMillis)
                        .sum();
                assertThat(helped.size()).isLessThanOrEqualTo(Streams.OPEN_PER_NODE_MAX);
                if (busy > 1) {
                    assertThat(helped.stream().map(row -> row.priority).distinct())
                            .as("whom %s helps beyond its time", helper.address)
                            .hasSize(1);
                }
            }
            for (LiveStreamRow row : open) {
                LiveStreamRow holder = holder(row);
                if (holder != null) {
                    assertThat(holder.priority).isGreaterThan(row.priority);
                    assertThat(holder.state).isIn(Streams.OPEN);
                }
            }
        }

        private @Nullable LiveStreamRow holder(LiveStreamRow row) {
            String id = row.yieldsTo;
            return id == null ? null : fleet.get(LiveStreamRow.class, id);
        }

        /** A minute after the others have ended, one that could not have what it wanted has what it gets when it is begun anew. */
        private void theLastOneHasWhatItYielded() {
            LiveStreamRow row = open().stream()
                    .filter(one -> one.yieldsTo != null || one.state.equals(Streams.DEGRADED))
                    .findFirst()
                    .orElse(null);
            if (row == null) {
                return;
            }
            open().stream().filter(other -> !other.id.equals(row.id)).forEach(this::stop);
            for (int i = 0; i < 31; i++) {
                pass();
            }
            LiveStreamRow last = now(row);
            assertThat(last.yieldsTo).isNull();
            stop(last);
            assertThat(last.state).as(plan(last).why).isEqualTo(stateOfAnother(last));
        }

        private String stateOfAnother(LiveStreamRow like) {
            TestBoard source = sources.stream()
                    .filter(board -> board.address.toString().equals(like.nodeId))
                    .findFirst()
                    .orElseThrow();
            try {
                return create(wants(source, like.periodMillis, like.priority)).state;
            } catch (Refusal unreachable) {
                return Streams.DEGRADED;
            }
        }
    }
}
