package io.fleetwright.scheduler.scenario;

import static io.fleetwright.scheduler.scenario.TestFleet.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.scenario.Disturbance.Kind;
import io.fleetwright.scheduler.scenario.FleetView.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FramePoliciesTest {
    /** Keeps what a policy chose. */
    private static final class Recorded implements FramePolicy {
        private final FramePolicy policy;
        private final List<Placement> chosen = new ArrayList<>();

        Recorded(String name) {
            policy = FramePolicies.named(name);
        }

        @Override
        public void begin(FleetView view) {
            policy.begin(view);
        }

        @Override
        public Placement place(Request request, FleetView view) {
            chosen.add(policy.place(request, view));
            return chosen.getLast();
        }

        @Override
        public void changed(int board, FleetView view) {
            policy.changed(board, view);
        }

        @Override
        public void ran(int board, double observedMillis, double profileMillis, FleetView view) {
            policy.ran(board, observedMillis, profileMillis, view);
        }
    }

    private static List<Integer> helpers(TestFleet fleet, String policy) {
        var recorded = new Recorded(policy);
        fleet.run(recorded);
        return recorded.chosen.stream().map(Placement::helper).toList();
    }

    @Test
    void roundRobinTakesAllThatCanAndPassesOverTheOthers() {
        TestFleet fleet = new TestFleet()
                        .board("source", 10, 20)
                        .board("cut off", 1, 1)
                        .board("gone", 1, 1)
                        .board("too small", 1, 1)
                        .board("too slow", 300, 300)
                        .board("fits", 1, 1)
                        .stream(300, 250, source(0, 10));
        fleet.endMillis = 2000;
        Board small = fleet.boards.get(3);
        Tier tier = small.tiers().getFirst();
        fleet.boards.set(
                3,
                new Board(
                        small.name(),
                        List.of(new Tier(small.name(), tier.millis(), tier.millijoules(), 99, 0)),
                        0,
                        small.radio(),
                        Double.POSITIVE_INFINITY));
        fleet.happens(0, 1, Kind.LINK, 0).happens(0, 2, Kind.POWER, 0);
        assertThat(helpers(fleet, FramePolicies.ROUND_ROBIN)).containsExactly(-1, 5, -1, 5, -1, 5);
    }

    @Test
    void heftTakesTheEarliestFinishWithQueuesCounted() {
        // 114 + 6 over the air, 100 alone; when frames come at once the second would end at 200 here.
        TestFleet fleet = new TestFleet()
                .board("source", 50, 50).board("helper", 2, 4).stream(1000, 190, source(0, 0)).stream(
                        1000, 190, source(0, 1));
        assertThat(helpers(fleet, FramePolicies.HEFT)).containsExactly(-1, 1);
    }

    @Test
    void heftWithATieTakesTheFrugalOneOfTwoThatAreNearlyAsFast() {
        TestFleet fleet = new TestFleet().board("source", 59, 59).board("helper", 2, 4).stream(1000, 190, source(0, 0));
        // 118 ms and 11.8 mJ alone, 120.4 ms and more than 70 mJ by the helper.
        assertThat(helpers(fleet, "heft-energy")).containsExactly(-1);
        TestFleet slower =
                new TestFleet().board("source", 70, 70).board("helper", 2, 4).stream(1000, 190, source(0, 0));
        assertThat(helpers(slower, "heft-energy")).containsExactly(1);
    }

    @Test
    void sharedFramesTakeTheLeastEnergyOfAllPlacementsThatAreInTime() {
        int sharedAway = 0;
        int late = 0;
        for (int seed = 0; seed < 500; seed++) {
            var random = new SplittableRandom(seed);
            var fleet = new TestFleet();
            int boards = random.nextInt(2, 6);
            for (int b = 0; b < boards; b++) {
                double most = b == 0 ? 250 : 100;
                fleet.board("b" + b, random.nextDouble(1, most), random.nextDouble(1, most));
            }
            double deadline = random.nextDouble(60, 300);
            fleet.endMillis = 500;
            fleet.stream(1000, deadline, source(0, 0));
            var found = new double[3];
            var policy = new SharedFrames();
            fleet.run(new FramePolicy() {
                @Override
                public void begin(FleetView view) {
                    policy.begin(view);
                }

                @Override
                public Placement place(Request request, FleetView view) {
                    Placement chosen = policy.place(request, view);
                    Estimate mine = view.estimate(0, 0, chosen);
                    Estimate alone = view.estimate(0, 0, Placement.local(2));
                    double soonest = alone.finishMillis();
                    double least = soonest <= deadline ? alone.millijoules() : Double.POSITIVE_INFINITY;
                    for (int helper = 1; helper < boards; helper++) {
                        for (int cut = 0; cut < 2; cut++) {
                            Estimate there = view.estimate(0, 0, new Placement(helper, cut));
                            soonest = Math.min(soonest, there.finishMillis());
                            least = there.finishMillis() <= deadline ? Math.min(least, there.millijoules()) : least;
                        }
                    }
                    if (soonest <= deadline) {
                        assertThat(mine.millijoules()).isEqualTo(least);
                    }
                    found[0] = mine.finishMillis();
                    found[1] = soonest;
                    found[2] = chosen.isLocal() ? 0 : 1;
                    return chosen;
                }
            });
            if (found[1] <= deadline) {
                assertThat(found[0]).as("seed %d", seed).isLessThanOrEqualTo(deadline);
                sharedAway += (int) found[2];
            } else {
                assertThat(found[0]).as("seed %d", seed).isEqualTo(found[1]);
                late++;
            }
        }
        assertThat(sharedAway).isGreaterThan(50);
        assertThat(late).isGreaterThan(50);
    }

    @Test
    void sharedFramesLearnThatABoardIsHotAndThatItCooledDown() {
        TestFleet fleet = new TestFleet()
                .board("source", 10, 80).board("helper", 1, 1).stream(200, 110, source(0, 0))
                        .happens(1, 0, Kind.SPEED, 1.5);
        fleet.endMillis = 4200;
        fleet.happens(2050, 0, Kind.SPEED, 1);
        List<Integer> helpers = helpers(fleet, FramePolicies.SHARED);
        // Cold, 90 ms alone are in time and cheap. Hot, it is 135; after some frames the stage that stays tells that it
        // is 1.5 times
        // as slow. The first layer goes on being seen, so the board is trusted again after it cooled down.
        assertThat(helpers.getFirst()).isEqualTo(-1);
        assertThat(helpers.subList(5, 10)).containsOnly(1);
        assertThat(helpers.getLast()).isEqualTo(-1);
    }

    /** Energies in place of those that go with the times. */
    private static void draws(TestFleet fleet, int board, double first, double second) {
        Board old = fleet.boards.get(board);
        Tier tier =
                new Tier(old.name(), old.tiers().getFirst().millis(), new double[] {first, second}, Long.MAX_VALUE, 0);
        fleet.boards.set(board, new Board(old.name(), List.of(tier), 0, old.radio(), Double.POSITIVE_INFINITY));
    }

    @Test
    void heftTakesTheFasterHelperAndNotTheFrugalOne() {
        TestFleet fleet = new TestFleet()
                .board("source", 100, 100).board("fast", 1, 1).board("frugal", 10, 10).stream(1000, 190, source(0, 0));
        draws(fleet, 1, 50, 50);
        draws(fleet, 2, 1, 1);
        // 116.4 and 134.4 ms.
        assertThat(helpers(fleet, FramePolicies.HEFT)).containsExactly(1);
        assertThat(helpers(fleet, "heft-energy")).containsExactly(1);
    }

    @Test
    void aHelperThatComesBackIsUsedAgain() {
        TestFleet fleet = new TestFleet()
                .board("source", 10, 200).board("helper", 1, 1).stream(300, 100, source(0, 50))
                        .happens(200, 1, Kind.LINK, 0)
                        .happens(500, 1, Kind.LINK, 1);
        fleet.endMillis = 1300;
        assertThat(helpers(fleet, FramePolicies.SHARED)).containsExactly(1, -1, 1, 1);
    }

    @Test
    void plansOfAHotBoardAreMadeAnewWhenItCooledDown() {
        TestFleet fleet = new TestFleet()
                .board("source", 10, 20).board("helper", 1, 1).stream(200, 190, source(0, 0))
                        .happens(1, 0, Kind.SPEED, 3)
                        // Planned anew while it is hot.
                        .happens(1990, 1, Kind.LINK, 0.9)
                        .happens(2050, 0, Kind.SPEED, 1);
        fleet.endMillis = 6000;
        // Alone 200 mJ cold and 600 hot; shared about 300 and 320.
        draws(fleet, 0, 10, 190);
        draws(fleet, 1, 0, 250);
        List<Integer> helpers = helpers(fleet, FramePolicies.SHARED);
        assertThat(helpers.getFirst()).isEqualTo(-1);
        assertThat(helpers.subList(6, 10)).containsOnly(1);
        assertThat(helpers.getLast()).isEqualTo(-1);
    }

    @Test
    void aLostHelperIsReplacedByTheSourceWithinTheFrame() {
        TestFleet fleet = new TestFleet()
                .board("source", 40, 60).board("helper", 1, 1).stream(1000, 130, source(0, 0), source(0, 5));
        fleet.happens(20, 1, Kind.LINK, 0);
        fleet.endMillis = 400;
        RunResult result = fleet.run(FramePolicies.named(FramePolicies.SHARED));
        assertThat(result.drops()).isEqualTo(1);
        assertThat(result.missedPerDropMax()).isLessThanOrEqualTo(1);
    }

    @Test
    void aPolicyThatIsNotThereIsRefusedWithThoseThatAre() {
        assertThatThrownBy(() -> FramePolicies.named("best"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'best'")
                .hasMessageContaining("shared, round-robin, heft, heft-energy, local");
    }
}
