package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A board that holds a part of a network: it runs that, by the network's own numbers, and nothing else. */
class PartWorkTest {
    private static final byte[] MODEL = TestModels.chain(3, 4);
    private static final byte[] INPUT = {1, 2, 3, 4};

    private final World world;

    PartWorkTest() throws Exception {
        world = new World();
        world.connect();
    }

    private byte[] holds(int from, int to) throws Exception {
        byte[] part = PartFile.write(MODEL, "chain", from, to);
        world.install(1, part);
        return part;
    }

    private TaskResult run(String task, byte[] part, Work.@Nullable Segment segment, Work.@Nullable Sends sends) {
        world.order(World.work(task, Digest.of(part), Work.Source.here(INPUT))
                .withSegment(segment)
                .sendingTo(sends));
        return world.lastResult();
    }

    @Test
    void operatorsAreCountedAsInTheWholeNetwork() throws Exception {
        byte[] part = holds(1, 3);
        TaskResult all = run("all", part, new Work.Segment(1, 3), null);
        assertThat(all.outcome()).isEqualTo(Outcome.OK);
        assertThat(all.output()).containsExactly(40, 40, 40, 40);
        assertThat(all.digest()).isEqualTo(Digest.of(part).value());
        assertThat(run("last", part, new Work.Segment(2, 3), null).output()).containsExactly(10, 10, 10, 10);
        assertThat(run("first", part, new Work.Segment(0, 1), null).reason()).isEqualTo("no-such-segment");
        assertThat(run("behind", part, new Work.Segment(2, 4), null).reason()).isEqualTo("no-such-segment");
    }

    @Test
    void itAnswersNothingAlone() throws Exception {
        byte[] part = holds(0, 2);
        assertThat(run("whole", part, null, null).reason()).isEqualTo("no-such-segment");
        assertThat(world.core().inputBytes("m"))
                .as("applications on the board are offered whole networks")
                .isEmpty();
        assertThat(run("front", part, new Work.Segment(0, 2), new Work.Sends("other", "front.1", 8))
                        .outcome())
                .isEqualTo(Outcome.OK);
        assertThat(run("passed", part, new Work.Segment(0, 0), new Work.Sends("other", "passed.1", 8))
                        .outcome())
                .as("the network's input goes in here, so it may be sent on")
                .isEqualTo(Outcome.OK);
    }

    @Test
    void onlyTheFirstPartSendsTheInputOn() throws Exception {
        byte[] part = holds(1, 3);
        assertThat(run("passed", part, new Work.Segment(0, 0), new Work.Sends("other", "passed.1", 8))
                        .reason())
                .isEqualTo("no-such-segment");
    }
}
