package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data on its way: how long it takes, who waits for whom, and what a change of a link does. */
class LinkTimelineTest {
    /** Devices 0 and 1 of A, 2 of B, 3 of C; between A and B 2 units per us, A and C 0.5, B and C 1, within A 4. */
    private static Scenario three() {
        return Scenario.on("A 2: a=10 b=6 c=3", "B 1: a=10 b=6 c=3", "C 1: a=10 b=6 c=3")
                .bandwidth(0, 0, 4)
                .bandwidth(0, 1, 2)
                .bandwidth(0, 2, 0.5)
                .app("chain", "a b; a>b 8")
                .app("fork", "a b c; a>b 8; a>c 12")
                .app("join", "a b c; a>c 8; b>c 12")
                .app("one", "a");
    }

    /** 8 units: within A 2 us, to B 4, to C 16; from B to C 8; on the same device none. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 10",
        "0, 1, 12",
        "0, 2, 14",
        "0, 3, 26",
        "2, 3, 18",
        "3, 2, 18",
        "3, 0, 26",
        "2, 1, 14",
        "2, 2, 10"
    })
    void dataTakesItsVolumeOverTheBandwidth(int from, int to, double start) {
        SimulationResult result = three().jobs("chain@0").run(fixed("a=%d b=%d".formatted(from, to)));
        assertThat(result.schedule().getLast().startMicros()).isEqualTo(start);
        assertThat(result.endMicros()).isEqualTo(start + 6);
    }

    /**
     * Without contention all data leaves when it is made. With it, one transfer at a time between two clusters, from when the task
     * is placed.
     *
     * <ul>
     *   <li>fork from A to B: 8 units take 4 us and 12 take 6: at 14 and 16, or at 14 and 14 + 6 = 20.
     *   <li>fork to B and to C: different links, 14 and 10 + 24 = 34 either way.
     *   <li>two chains that end at 10: to B both at 14, or at 14 and 18; back and forth is the same link.
     *   <li>join: b ends at 6, a at 10, c is placed at 10. 12 units from B to A take 6, 8 within A 2: without contention at 12
     *       and 12; with it B's transfer begins at 10 and is there at 16.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            false | fork@0           | a=0 b=2 c=2           | 0a@0 0-10, 0b@2 14-20, 0c@2 20-23
            true  | fork@0           | a=0 b=2 c=2           | 0a@0 0-10, 0b@2 14-20, 0c@2 20-23
            true  | fork@0           | a=2 b=0 c=1           | 0a@2 0-10, 0b@0 14-20, 0c@1 20-23
            false | fork@0           | a=2 b=0 c=1           | 0a@2 0-10, 0c@1 16-19, 0b@0 14-20
            true  | fork@0           | a=0 b=2 c=3           | 0a@0 0-10, 0b@2 14-20, 0c@3 34-37
            true  | fork@0           | a=0 b=0 c=3           | 0a@0 0-10, 0b@0 10-16, 0c@3 34-37
            true  | fork@0           | a=0 b=1 c=1           | 0a@0 0-10, 0b@1 12-18, 0c@1 18-21
            false | chain@0 chain@0  | a=0 1a=1 b=2          | 0a@0 0-10, 1a@1 0-10, 0b@2 14-20, 1b@2 20-26
            true  | chain@0 chain@0  | a=0 1a=1 b=2          | 0a@0 0-10, 1a@1 0-10, 0b@2 14-20, 1b@2 20-26
            false | chain@0 chain@0  | a=0 1a=2 b=2 1b=0     | 0a@0 0-10, 1a@2 0-10, 0b@2 14-20, 1b@0 14-20
            true  | chain@0 chain@0  | a=0 1a=2 b=2 1b=0     | 0a@0 0-10, 1a@2 0-10, 0b@2 14-20, 1b@0 18-24
            true  | chain@0 chain@0  | a=0 1a=2 b=2 1b=3     | 0a@0 0-10, 1a@2 0-10, 0b@2 14-20, 1b@3 18-24
            false | join@0           | a=0 b=2 c=1           | 0b@2 0-6, 0a@0 0-10, 0c@1 12-15
            true  | join@0           | a=0 b=2 c=1           | 0b@2 0-6, 0a@0 0-10, 0c@1 16-19
            true  | join@0           | a=0 b=2 c=2           | 0b@2 0-6, 0a@0 0-10, 0c@2 14-17
            """)
    void transfersShareALinkOneAtATimeWhereLinksAreContended(
            boolean contended, String jobs, String places, String expected) {
        assertThat(three().with(options -> options.linkContention(contended))
                        .jobs(jobs)
                        .timeline(fixed(places)))
                .isEqualTo(Scenario.list(expected));
    }

    /** Three jobs 1 us apart cross in 4 us each, from 10: at 14, 18, 22, not 14, 15, 16. */
    @Test
    void aQueueOnALinkGrowsByWhatComesTooSoon() {
        Scenario scenario = Scenario.on("A 3: a=10", "B 3: b=1")
                .app("chain", "a b; a>b 4")
                .jobs("chain@0 chain@1 chain@2")
                .with(options -> options.linkContention(true));
        assertThat(scenario.timeline(fixed("0a=0 1a=1 2a=2 0b=3 1b=4 2b=5")))
                .endsWith("0b@3 14-15", "1b@4 18-19", "2b@5 22-23");
    }

    /** The order on a link is that of placing, not that of jobs: job 1 is placed first at 10. */
    @Test
    void aLinkServesInTheOrderOfPlacing() {
        OnlinePolicy lastFirst = state -> {
            for (int i = state.readyCount() - 1; i >= 0; i--) {
                int task = state.readyTask(i);
                int job = state.jobNumber(state.slotOf(task));
                state.place(task, state.node(task) == 0 ? job : 2 + job, 0);
            }
        };
        Scenario scenario = Scenario.on("A 2: a=10", "B 2: b=1")
                .app("chain", "a b; a>b 4")
                .jobs("chain@0 chain@0")
                .with(options -> options.linkContention(true));
        assertThat(scenario.timeline(lastFirst)).endsWith("1b@3 14-15", "0b@2 18-19");
    }

    /**
     * A change holds for what is placed from then on. 8 units to B take 4 us; b is placed at 10. Changed at 3 to twice: at 18; at
     * 10 as well, since changes come before the scheduler; at 12 it is too late. Back to 1 at 9: as before. Half the time: at 12. A
     * change of another link does nothing; the last of several holds; within A 8 units take 2 us, 6 at three times.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3 0 1 2           | 2 | 18
            3 1 0 2           | 2 | 18
            10 0 1 2          | 2 | 18
            12 0 1 2          | 2 | 14
            0 0 1 2, 9 0 1 1  | 2 | 14
            3 0 1 0.5         | 2 | 12
            3 0 2 9           | 2 | 14
            3 1 2 9           | 2 | 14
            3 0 2 2           | 3 | 42
            1 0 1 3, 2 0 1 5  | 2 | 30
            3 0 0 3           | 1 | 16
            3 0 1 3           | 1 | 12
            3 0 0 3           | 0 | 10
            """)
    void aChangeOfALinkHoldsForWhatIsPlacedAfterIt(String changes, int to, double start) {
        List<LinkChange> links = new ArrayList<>();
        for (String change : Scenario.list(changes)) {
            double[] values = Arrays.stream(change.split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            links.add(new LinkChange(values[0], (int) values[1], (int) values[2], values[3]));
        }
        SimulationResult result = three().with(options -> options.linkChanges(links))
                .jobs("chain@0")
                .run(fixed("a=0 b=" + to));
        assertThat(result.schedule().getLast().startMicros()).isEqualTo(start);
    }

    /** Job 1's transfer waits behind job 0's, which keeps its 4 us; placed at 11, after the change at 10.5, it takes 8: 14 + 8. */
    @Test
    void aChangeUnderWayLeavesTheTransferThatIsThereAndStretchesTheNext() {
        assertThat(three().with(options ->
                                options.linkContention(true).linkChanges(List.of(new LinkChange(10.5, 0, 1, 2))))
                        .jobs("chain@0 chain@1")
                        .timeline(fixed("a=0 1a=1 b=2")))
                .containsExactly("0a@0 0-10", "1a@1 1-11", "0b@2 14-20", "1b@2 22-28");
    }

    /** The policy sees what a link takes now: 4 us before, 12 after the change at 5. */
    @Test
    void aPolicyKnowsTheChangedLink() {
        List<Double> seen = new ArrayList<>();
        OnlinePolicy policy = state -> {
            seen.add(state.transfer(state.application(state.slotOf(state.readyTask(0))), 0, 0, 2));
            seen.add(state.transferToCluster(0, 0, 2, 0));
            fixed("a=0 b=2").decide(state);
        };
        three().with(options -> options.linkChanges(List.of(new LinkChange(5, 0, 1, 3))))
                .jobs("chain@0")
                .run(policy);
        assertThat(seen).containsExactly(4.0, 4.0, 12.0, 12.0);
    }

    /** With links that take no time, contention changes nothing. */
    @Test
    void withoutLimitOnBandwidthContentionIsNoMatter() {
        SeededCases.forEach(1, 30, (random, _) -> {
            String jobs = "fork@%s join@%s chain@%s fork@%s"
                    .formatted(0, random.nextInt(5), 5 + random.nextInt(5), 10 + random.nextInt(9));
            String places = "a=%d b=%d c=%d".formatted(random.nextInt(4), random.nextInt(4), random.nextInt(4));
            List<List<String>> both = new ArrayList<>();
            for (boolean contended : new boolean[] {false, true}) {
                Scenario scenario = three();
                for (int a = 0; a < 3; a++) {
                    for (int b = 0; b < 3; b++) {
                        scenario.bandwidth(a, b, 1e300);
                    }
                }
                both.add(scenario.with(options -> options.linkContention(contended))
                        .jobs(jobs)
                        .timeline(fixed(places)));
            }
            assertThat(both.get(1)).isEqualTo(both.get(0));
        });
    }

    /** Under contention no two transfers of a link overlap: the last of n equal ones is there n transfers after the first began. */
    @Test
    void aLinkCarriesNoMoreThanItsBandwidth() {
        SeededCases.forEach(1, 40, (random, _) -> {
            int jobs = random.nextInt(2, 9);
            double volume = 1 + 9 * random.nextDouble();
            double rate = 0.5 + random.nextDouble();
            Scenario scenario = Scenario.on("A 1: a=0.1", "B 9: b=1")
                    .app("chain", "a b; a>b " + volume)
                    .bandwidth(0, 1, rate)
                    .jobs("chain", jobs, 0)
                    .with(options -> options.linkContention(true));
            StringBuilder places = new StringBuilder("a=0");
            for (int job = 0; job < jobs; job++) {
                places.append(" ").append(job).append("b=").append(1 + job);
            }
            SimulationResult result = scenario.run(fixed(places.toString()));
            assertThat(result.endMicros()).isCloseTo(0.1 + jobs * volume / rate + 1, within(1e-9));
        });
    }

    /** Of no volume, nothing is carried, and nothing waits. */
    @Test
    void anEmptyMessageDoesNotWaitForALink() {
        Scenario scenario = Scenario.on("A 1: a=10", "B 2: b=1 c=1")
                .app("fork", "a b c; a>b 7; a>c 0")
                .jobs("fork@0")
                .with(options -> options.linkContention(true));
        assertThat(scenario.timeline(fixed("a=0 b=1 c=2"))).containsExactly("0a@0 0-10", "0c@2 10-11", "0b@1 17-18");
    }
}
