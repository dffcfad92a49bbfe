package io.fleetwright.agent.core;

import static io.fleetwright.agent.core.World.NODE;
import static io.fleetwright.agent.core.World.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.RootChain;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A list needs the whole signing set behind it. */
class TrustTest {
    private static final byte[] OLD = TestModels.sums(1);
    private static final byte[] NEW = TestModels.sums(2);

    private final World world;

    TrustTest() throws Exception {
        world = new World();
        world.connect();
        world.install(1, OLD);
        world.publish(NEW);
    }

    private String running() {
        return world.core().slots().stream()
                .filter(slot -> slot.device().equals("cpu0"))
                .map(slot -> String.valueOf(slot.digest()))
                .findFirst()
                .orElseThrow();
    }

    private void tell(Desired desired) {
        world.tell(Topic.Kind.DOWN_DESIRED, desired.encode());
        world.pass(Duration.ofSeconds(30));
    }

    private static Desired with(Desired desired, Desired.Release release) {
        return new Desired(desired.version(), desired.list(), desired.keyId(), desired.signature(), release);
    }

    @Test
    void aListOfTheDirectorAloneIsNotEnough() {
        Desired evil = World.list(World.KEY, NODE, 2, slot("cpu0", NEW));
        DesiredSlot other = slot("cpu0", OLD);
        tell(with(evil, Publisher.release(Publisher.KEYS, List.of(other))));
        assertThat(running()).isEqualTo(Digest.of(OLD).value());
        assertThat(world.log).anyMatch(line -> line.contains("NOT_RELEASED"));
        tell(World.list(World.KEY, NODE, 2, slot("cpu0", NEW)));
        assertThat(running()).isEqualTo(Digest.of(NEW).value());
    }

    @Test
    void aTimestampByAStrangerIsRefused() {
        RootChain stranger = RootChain.generate(Publisher.START);
        Desired good = World.list(World.KEY, NODE, 2, slot("cpu0", NEW));
        Desired.Release forged = Publisher.release(stranger, List.of(slot("cpu0", NEW)));
        tell(with(good, forged));
        assertThat(running()).isEqualTo(Digest.of(OLD).value());
        assertThat(world.log).anyMatch(line -> line.contains("reason=UNKNOWN_KEY document=timestamp"));
        tell(good);
        assertThat(running()).isEqualTo(Digest.of(NEW).value());
    }

    /** A stranger's root of a higher version is fetched, refused, and the genuine list that comes next is taken. */
    @Test
    void aStrangersRootIsRefused() {
        RootChain stranger =
                RootChain.generate(Publisher.START).rotate(Role.ROOT, SigningKey.generate(), Publisher.START);
        Desired evil = World.list(stranger.key(Role.DIRECTOR), NODE, 2, slot("cpu0", NEW));
        tell(with(evil, Publisher.release(stranger, List.of(slot("cpu0", NEW)))));
        world.pass(Duration.ofMinutes(10));
        assertThat(running()).isEqualTo(Digest.of(OLD).value());
        tell(World.list(World.KEY, NODE, 2, slot("cpu0", NEW)));
        assertThat(running()).isEqualTo(Digest.of(NEW).value());
    }

    /** A new director, by a root that the old root's key signed; the old director's lists count no longer. */
    @Test
    void theNodeFollowsARotation() throws Exception {
        Instant now = Publisher.START.plus(Duration.ofDays(1));
        RootChain rotated = Publisher.KEYS.rotate(Role.DIRECTOR, SigningKey.generate(), now);
        Desired byNew = World.list(rotated.key(Role.DIRECTOR), NODE, 2, slot("cpu0", NEW));
        tell(with(byNew, Publisher.release(rotated, List.of(slot("cpu0", NEW)))));
        assertThat(running()).isEqualTo(Digest.of(NEW).value());
        world.restart(false);
        world.connect();
        world.pass(Duration.ofSeconds(1));
        Desired byOld = World.list(World.KEY, NODE, 9, slot("cpu0", OLD));
        tell(with(byOld, Publisher.release(rotated, List.of(slot("cpu0", OLD)))));
        assertThat(world.log).anyMatch(line -> line.contains("reason=UNKNOWN_KEY document=list"));
        assertThat(running()).isEqualTo(Digest.of(NEW).value());
    }

    /** Two rotations while the node was away, of which the list names the last root alone. */
    @Test
    void aNodeThatLacksARootInBetweenSaysSo() {
        RootChain far = Publisher.KEYS
                .rotate(Role.SNAPSHOT, SigningKey.generate(), Publisher.START)
                .rotate(Role.SNAPSHOT, SigningKey.generate(), Publisher.START);
        tell(with(
                World.list(World.KEY, NODE, 2, slot("cpu0", NEW)), Publisher.release(far, List.of(slot("cpu0", NEW)))));
        assertThat(running()).isEqualTo(Digest.of(OLD).value());
        assertThat(world.log).anyMatch(line -> line.contains("trust.root_missing trusted=1 newest=3"));
    }

    @Test
    void anExpiredSetIsRefusedAndWhatRunsGoesOn() throws Exception {
        world.millis += Duration.ofDays(400).toMillis();
        tell(World.list(World.KEY, NODE, 2, slot("cpu0", NEW)));
        assertThat(world.log).anyMatch(line -> line.contains("reason=EXPIRED"));
        world.restart(false);
        world.connect();
        world.pass(Duration.ofSeconds(1));
        assertThat(running()).isEqualTo(Digest.of(OLD).value());
    }
}
