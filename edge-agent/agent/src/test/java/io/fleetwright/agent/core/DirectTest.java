package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.core.AgentCore.Counter;
import io.fleetwright.agent.link.PeerEndpoint.Taken;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Large tensors that go to another node without the broker, and what becomes of them when they cannot. */
class DirectTest {
    private static final int BYTES = 150_000;
    private static final byte[] MODEL = TestModels.wide(BYTES);
    private static final PeerAddress PEER = new PeerAddress("192.0.2.9", 7443);
    private static final byte[] INPUT = new byte[BYTES];

    static {
        new SplittableRandom(1).nextBytes(INPUT);
    }

    private final World world;
    private final List<PeerSender.Parcel> parcels = new ArrayList<>();
    private final List<Consumer<PeerSender.Answer>> answers = new ArrayList<>();
    private final List<String> prepared = new ArrayList<>();
    private boolean takes = true;

    DirectTest() throws Exception {
        world = new World();
        world.connect();
        world.install(1, MODEL);
        world.publish(INPUT);
        world.peers = new PeerSender() {
            @Override
            public boolean send(Parcel parcel, Consumer<Answer> done) {
                if (takes) {
                    parcels.add(parcel);
                    answers.add(done);
                }
                return takes;
            }

            @Override
            public void prepare(String node, PeerAddress address) {
                prepared.add(node + " " + address.text());
            }
        };
    }

    private static Work passed(String task, @Nullable PeerAddress peer, long budgetMillis) {
        return World.work(
                        task,
                        Digest.of(MODEL),
                        new Work.Source.Stored(Digest.of(INPUT).value(), BYTES))
                .within(0, budgetMillis)
                .withSegment(new Work.Segment(0, 0))
                .sendingTo(new Work.Sends("other", task + ".1", 8, null, peer));
    }

    private static Work back(String task) {
        return World.work(task, Digest.of(MODEL), World.sent(BYTES)).withSegment(new Work.Segment(0, 1));
    }

    private List<byte[]> byBroker() {
        return world.sent.stream()
                .filter(message -> message.kind() == Topic.Kind.IN_TENSOR)
                .map(World.Sent::payload)
                .toList();
    }

    private static byte[] whole(List<byte[]> messages) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            Tensor tensor = Tensor.decode(message);
            assertThat(tensor.offset()).isEqualTo(out.size());
            out.write(tensor.bytes());
        }
        return out.toByteArray();
    }

    @Test
    void aLargeTensorGoesDirectlyAndItsResultSaysHowLongThatTook() throws Exception {
        world.order(passed("t", PEER, 1_000));
        assertThat(prepared).containsExactly("other 192.0.2.9:7443");
        assertThat(parcels).hasSize(1);
        assertThat(parcels.getFirst().node()).isEqualTo("other");
        assertThat(parcels.getFirst().address()).isEqualTo(PEER);
        assertThat(parcels.getFirst().limit()).isEqualTo(Duration.ofSeconds(1));
        assertThat(whole(parcels.getFirst().messages())).isEqualTo(INPUT);
        assertThat(world.results()).isEmpty();
        answers.getFirst().accept(new PeerSender.Answer.Taken(4_321));
        TaskResult result = world.lastResult();
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.directMicros()).isEqualTo(4_321);
        assertThat(result.sentBytes()).isEqualTo(BYTES);
        assertThat(byBroker()).isEmpty();
    }

    @Test
    void whatCannotGoDirectlyGoesByTheBrokerAtOnceAndOnce() throws Exception {
        world.order(passed("t", PEER, 1_000));
        answers.getFirst().accept(new PeerSender.Answer.Failed("refused"));
        assertThat(whole(byBroker())).isEqualTo(INPUT);
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
        assertThat(world.lastResult().directMicros()).isNull();
        world.pass(Duration.ofSeconds(2));
        assertThat(parcels).hasSize(1);
        assertThat(world.results()).hasSize(1);
    }

    @Test
    void withoutAnAddressOrWhereItIsNotTriedTheBrokerHasIt() throws Exception {
        world.order(passed("t", null, 1_000));
        assertThat(prepared).isEmpty();
        assertThat(whole(byBroker())).isEqualTo(INPUT);
        takes = false;
        world.order(passed("u", PEER, 1_000));
        assertThat(parcels).isEmpty();
        assertThat(byBroker()).hasSize(4);
        assertThat(world.results()).hasSize(2);
    }

    @Test
    void oneThatIsOnItsWayDirectlyHoldsUpNoOther() throws Exception {
        world.order(passed("t", PEER, 1_000));
        world.order(passed("u", null, 1_000));
        assertThat(world.lastResult().task()).isEqualTo("u");
        world.order(passed("t", PEER, 1_000));
        assertThat(parcels).hasSize(1); // The same attempt again.
        assertThat(world.core().counted(Counter.WORK_REPEATED)).isEqualTo(1);
    }

    @Test
    void withoutTheBrokerTensorsGoOnDirectly() {
        world.up = false;
        world.order(passed("t", PEER, 1_000));
        answers.getFirst().accept(new PeerSender.Answer.Taken(1));
        assertThat(world.core().unacknowledged(io.fleetwright.telemetry.wire.Stream.RESULT))
                .isEqualTo(1);
    }

    @Test
    void anAnswerThatDoesNotComeInTimeEndsTheAttemptAndIsNotHeardLater() {
        world.order(passed("t", PEER, 1_000));
        world.pass(Duration.ofSeconds(2));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.EXPIRED);
        assertThat(world.lastResult().reason()).isEqualTo("not-sent");
        answers.getFirst().accept(new PeerSender.Answer.Taken(1));
        answers.getFirst().accept(new PeerSender.Answer.Failed("timeout"));
        assertThat(world.results()).hasSize(1);
        assertThat(byBroker()).isEmpty();
    }

    @Test
    void aCancelledTaskIsNotSentAgainAndHasNoResult() {
        world.order(passed("t", PEER, 1_000));
        world.command(Command.Kind.CANCEL, "t");
        answers.getFirst().accept(new PeerSender.Answer.Failed("refused"));
        world.pass(Duration.ofSeconds(2));
        assertThat(byBroker()).isEmpty();
        assertThat(world.results()).isEmpty();
    }

    @Test
    void stretchesThatComeDirectlyAreTakenAsThoseOfTheBroker() throws Exception {
        world.order(passed("t", PEER, 1_000));
        List<byte[]> messages = parcels.getFirst().messages();
        assertThat(messages).hasSize(2);
        assertThat(world.core().tensor("other", messages.getFirst())).isEqualTo(Taken.NOT_ORDERED);
        world.order(back("t.1"));
        assertThat(world.core().tensor("third", messages.getFirst())).isEqualTo(Taken.NOT_ORDERED);
        // It may have overtaken its order; the broker's way has them in their order, and is told of there.
        assertThat(world.core().counted(Counter.TENSORS_REFUSED)).isZero();
        assertThat(world.core().tensor("other", messages.getFirst())).isEqualTo(Taken.TAKEN);
        assertThat(world.core().tensor("other", messages.getFirst())).isEqualTo(Taken.NOT_ORDERED);
        assertThat(world.core().tensor("other", new byte[] {1, 2, 3})).isEqualTo(Taken.MALFORMED);
        assertThat(world.runs).isZero();
        // The rest may come another way.
        world.tensor("other", messages.get(1));
        assertThat(world.runs).isEqualTo(1);
        assertThat(world.lastResult().task()).isEqualTo("t.1");
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
        world.core().stop();
        assertThat(world.core().tensor("other", messages.get(1))).isEqualTo(Taken.BUSY);
    }
}
