package io.fleetwright.scheduler.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.scenario.Disturbance.Kind;
import io.fleetwright.scheduler.scenario.RunResult.BoardResult;
import io.fleetwright.scheduler.scenario.RunResult.StreamResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The simulator and a naive telling of the same world agree on every frame and every millijoule. */
class FleetRunReferenceTest {
    private static final int CASES = 400;
    private static final List<Kind> KINDS = List.of(Kind.LINK, Kind.SPEED, Kind.POWER);

    @Test
    void agreesWithANaiveTellingOnRandomFleets() {
        int shared = 0;
        int broken = 0;
        int emptied = 0;
        int missed = 0;
        for (int seed = 0; seed < CASES; seed++) {
            TestFleet fleet = random(new SplittableRandom(seed));
            NaiveFleet.Script script = script(seed);
            RunResult result = fleet.run(policy(script));
            var naive = new NaiveFleet(fleet.setting(), script);
            naive.run();
            assertThat(endings(result)).as("seed %d", seed).isEqualTo(sorted(naive.endings));
            for (int b = 0; b < result.boards().size(); b++) {
                BoardResult board = result.boards().get(b);
                assertThat(new double[] {board.compute(), board.send(), board.receive(), board.idle()})
                        .as("seed %d, board %d", seed, b)
                        .containsExactly(naive.drawn[b], within(1e-5));
                assertThat(board.emptiedAtMillis())
                        .as("seed %d, board %d", seed, b)
                        .isCloseTo(naive.emptiedAt[b], within(1e-4));
                checkParts(fleet.boards.get(b), board, seed);
            }
            shared += (int)
                    result.streams().stream().mapToLong(StreamResult::shared).sum();
            broken += result.drops();
            emptied += (int) result.batteriesEmpty();
            missed += (int) (result.taken() - result.onTime());
        }
        // The cases say something about each of these.
        assertThat(shared).isGreaterThan(500);
        assertThat(broken).isGreaterThan(200);
        assertThat(emptied).isGreaterThan(100);
        assertThat(missed).isGreaterThan(1000);
    }

    /** What a battery gave is the sum of the parts, and never more than it had. */
    private static void checkParts(Board board, BoardResult result, int seed) {
        if (!board.isOnMains()) {
            assertThat(result.total()).as("seed %d", seed).isLessThanOrEqualTo(board.batteryJoules() * 1000 + 1e-6);
            if (!Double.isInfinite(result.emptiedAtMillis())) {
                assertThat(result.total()).as("seed %d", seed).isCloseTo(board.batteryJoules() * 1000, within(1e-6));
            }
        }
        assertThat(result.total()).isEqualTo(result.active() + result.idle());
    }

    private static TestFleet random(SplittableRandom random) {
        var fleet = new TestFleet();
        fleet.endMillis = random.nextDouble(500, 1500);
        int boards = random.nextInt(2, 5);
        for (int b = 0; b < boards; b++) {
            boolean battery = random.nextInt(3) == 0;
            fleet.board(
                    "b" + b,
                    random.nextDouble(1, 30),
                    random.nextDouble(1, 30),
                    random.nextDouble(0.05),
                    battery ? random.nextDouble(0.02, 0.15) : Double.POSITIVE_INFINITY);
        }
        int streams = random.nextInt(1, 3);
        for (int s = 0; s < streams; s++) {
            List<FrameStream.Source> sources = new ArrayList<>();
            for (int b = 0; b < boards; b++) {
                if (b == s || random.nextInt(3) == 0) {
                    sources.add(TestFleet.source(b, random.nextDouble(100)));
                }
            }
            fleet.stream(
                    random.nextDouble(50, 200), random.nextDouble(60, 300), sources.toArray(new FrameStream.Source[0]));
        }
        for (int b = 0; b < boards; b++) {
            double at = 0;
            while (random.nextInt(4) != 0) {
                at += random.nextDouble(1, 200);
                Kind kind = KINDS.get(random.nextInt(KINDS.size()));
                double until = at + random.nextDouble(1, 100);
                double factor = switch (kind) {
                    case LINK -> random.nextBoolean() ? 0 : random.nextDouble(0.2, 1);
                    case SPEED -> random.nextDouble(1, 3);
                    case POWER -> 0;
                };
                fleet.happens(at, b, kind, factor).happens(until, b, kind, 1);
                at = until;
            }
        }
        return fleet;
    }

    private static NaiveFleet.Script script(int seed) {
        return (stream, source, number, attempt, helpers) -> {
            var random = new SplittableRandom(
                    seed * 1_000_003L + stream * 7919L + source * 104_729L + number * 31 + attempt);
            random.nextLong();
            int layers = TestFleet.NETWORK.size();
            return helpers.isEmpty() || random.nextInt(4) == 0
                    ? Placement.local(layers)
                    : new Placement(helpers.get(random.nextInt(helpers.size())), random.nextInt(layers));
        };
    }

    private static FramePolicy policy(NaiveFleet.Script script) {
        return (request, view) -> {
            List<Integer> helpers = new ArrayList<>();
            for (int b = 0; b < view.setting().boards().size(); b++) {
                if (view.mayHelp(request.stream(), request.source(), b)) {
                    helpers.add(b);
                }
            }
            return script.place(request.stream(), request.source(), request.number(), request.attempt(), helpers);
        };
    }

    private static Map<String, Integer> endings(RunResult result) {
        Map<String, Integer> endings = new LinkedHashMap<>();
        for (int s = 0; s < result.streams().size(); s++) {
            StreamResult stream = result.streams().get(s);
            assertThat(stream.onTime() + stream.late() + stream.expired() + stream.lost())
                    .isEqualTo(stream.taken());
            endings.put(s + " ON_TIME", (int) stream.onTime());
            endings.put(s + " LATE", (int) stream.late());
            endings.put(s + " EXPIRED", (int) stream.expired());
            endings.put(s + " LOST", (int) stream.lost());
        }
        return sorted(endings);
    }

    private static Map<String, Integer> sorted(Map<String, Integer> endings) {
        Map<String, Integer> sorted = new TreeMap<>(endings);
        sorted.values().removeIf(count -> count == 0);
        return sorted;
    }
}
