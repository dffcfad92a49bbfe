package io.fleetwright.controller.removal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.ArtifactRow;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.ChunkRow;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.model.Stages;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random lives of a fleet against a small model of it: what somebody needs is there after every event, a version goes
 * exactly when nobody needs it, and in the end nothing else is left.
 */
final class RemovalHistoryTest {
    private static final String MODEL = "m";
    private static final int EVENTS = 120;

    /** A version as the model knows it. */
    private static final class Version {
        final String name;
        final String digest;
        final @Nullable String base;
        final List<String> rollouts = new ArrayList<>();
        boolean isFixed;
        boolean isRetired;

        Version(String name, String digest, @Nullable String base) {
            this.name = name;
            this.digest = digest;
            this.base = base;
        }
    }

    /** A board as the model knows it. */
    private static final class Slot {
        final TestBoard board;

        @Nullable
        String desired;

        @Nullable
        String previous;

        @Nullable
        String loaded;

        Slot(TestBoard board) {
            this.board = board;
        }

        boolean needs(String digest) {
            return digest.equals(desired) || digest.equals(previous) || digest.equals(loaded);
        }
    }

    /** One fleet, and the model of what it needs. */
    private static final class World {
        final SplittableRandom random;
        final TestFleet fleet;
        final List<Slot> slots = new ArrayList<>();
        final Map<String, Version> versions = new TreeMap<>();
        /** Inputs by job. */
        final Map<String, String> inputs = new HashMap<>();

        int made;
        int deleted;
        int refused;

        World(SplittableRandom random) {
            this.random = random;
            this.fleet = new TestFleet(random.split());
            for (int i = 0; i < 3; i++) {
                slots.add(new Slot(fleet.board("n" + i)));
            }
        }

        void event() {
            switch (random.nextInt(12)) {
                case 0, 1 -> publish();
                case 2 -> rollOut();
                case 3, 4 -> answer(true);
                case 5 -> answer(false);
                case 6 -> submit();
                case 7 -> finish();
                case 8 -> move();
                case 9, 10 -> delete();
                default -> pass(Duration.ofMinutes(random.nextInt(120)));
            }
            for (Slot slot : slots) {
                String now = desired(slot);
                if (!Objects.equals(now, slot.desired)) {
                    slot.previous = slot.desired;
                    slot.desired = now;
                }
            }
        }

        private @Nullable String desired(Slot slot) {
            String id = slot.board.address + "/" + TestBoard.DEVICE + "/" + MODEL;
            return fleet.all(SlotRow.class).stream()
                    .filter(row -> row.id.equals(id))
                    .map(row -> row.desiredDigest)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }

        private <T> T any(Collection<T> choices) {
            return List.copyOf(choices).get(random.nextInt(choices.size()));
        }

        private String put(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return fleet.core().run(scope -> Artifacts.of(scope).put(bytes).value());
        }

        private void publish() {
            String name = "1.0." + made++;
            String base = versions.isEmpty() || random.nextInt(3) > 0 ? null : any(versions.values()).digest;
            Version version = new Version(name, put(1 + random.nextInt(9000)), base);
            versions.put(name, version);
            VariantRow row = new VariantRow();
            row.tenant = TestFleet.TENANT;
            row.model = MODEL;
            row.version = name;
            row.versionId = TestFleet.TENANT + "/" + MODEL + "/" + name;
            row.id = row.versionId + "/int8";
            row.variant = "int8";
            row.digest = version.digest;
            row.deltaBase = base;
            row.bytes = 1000;
            row.operators = "CONV_2D";
            row.inputShape = "1,4,4,1";
            row.outputShape = "1,10";
            VersionRow versionRow = new VersionRow();
            versionRow.id = row.versionId;
            versionRow.tenant = TestFleet.TENANT;
            versionRow.model = MODEL;
            versionRow.version = name;
            version.isFixed = random.nextBoolean();
            versionRow.state = (version.isFixed ? Stage.APPROVED : Stage.DRAFT).label();
            fleet.core().run(scope -> {
                ModelRow model = new ModelRow();
                model.id = TestFleet.TENANT + "/" + MODEL;
                model.tenant = TestFleet.TENANT;
                model.model = MODEL;
                scope.tx().insertIfAbsent(model);
                scope.tx().insert(versionRow);
                scope.tx().insert(row);
                return true;
            });
        }

        private void rollOut() {
            if (!versions.isEmpty()) {
                Version version = any(versions.values());
                // The slot has one open rollout at a time.
                boolean taken = versions.values().stream()
                        .anyMatch(other -> other.rollouts.stream().anyMatch(this::isRunning));
                if (!version.isRetired && !taken) {
                    version.rollouts.add(fleet.rollOut(MODEL, version.name, 50, 100).id);
                }
            }
        }

        private void answer(boolean works) {
            Slot slot = any(slots);
            String wanted = slot.desired;
            if (wanted != null) {
                connect(slot);
                if (works) {
                    slot.loaded = wanted;
                }
                slot.board.report(
                        works
                                ? TestBoard.active(MODEL, wanted)
                                : new SlotReport(
                                        TestBoard.DEVICE, MODEL, slot.loaded, SlotReport.State.FAILED, "self-test"));
            }
        }

        private void connect(Slot slot) {
            slot.board.connection++;
            String loaded = slot.loaded;
            slot.board.sendOk(
                    Topic.Kind.UP_BIRTH,
                    slot.board
                            .birthOf(loaded == null ? List.of() : List.of(TestBoard.active(MODEL, loaded)), 0)
                            .encode());
        }

        private void submit() {
            if (!versions.isEmpty()) {
                String input = put(TestFleet.INPUT_BYTES);
                JobRow job = fleet.core()
                        .act(
                                TestFleet.TENANT,
                                "test",
                                "job.submitted",
                                MODEL,
                                scope -> fleet.core()
                                        .jobs()
                                        .submit(
                                                scope.tx(),
                                                scope.effects(),
                                                TestFleet.TENANT,
                                                new Jobs.Request(
                                                        MODEL,
                                                        null,
                                                        input,
                                                        TestFleet.INPUT_BYTES,
                                                        Duration.ofMinutes(1 + random.nextInt(200)),
                                                        null),
                                                scope.nowMillis()));
                inputs.put(job.id, input);
            }
        }

        private void finish() {
            Slot slot = any(slots);
            if (!slot.board.works().isEmpty()) {
                slot.board.result(slot.board.lastWork(), TaskResult.Outcome.OK);
            }
        }

        /** Retires a version, or aborts a rollout. */
        private void move() {
            if (versions.isEmpty()) {
                return;
            }
            Version version = any(versions.values());
            List<String> running =
                    version.rollouts.stream().filter(this::mayBeAborted).toList();
            if (!running.isEmpty()) {
                fleet.core()
                        .act(
                                TestFleet.TENANT,
                                "test",
                                "rollout.aborted",
                                MODEL,
                                scope -> fleet.core()
                                        .rollouts()
                                        .abort(
                                                scope.tx(),
                                                scope.effects(),
                                                TestFleet.TENANT,
                                                running.getFirst(),
                                                RolloutState.Reach.UNFINISHED,
                                                scope.nowMillis()));
            } else {
                fleet.core()
                        .run(scope ->
                                Stages.promote(scope, TestFleet.TENANT, MODEL, version.name, Stage.RETIRED, "test"));
                version.isRetired = true;
            }
        }

        private void delete() {
            if (versions.isEmpty()) {
                return;
            }
            Version version = any(versions.values());
            boolean mayGo = mayGo(version);
            boolean gone = true;
            try {
                fleet.core().act(TestFleet.TENANT, "test", "version.deleted", version.name, scope -> {
                    VersionRemoval.delete(scope, TestFleet.TENANT, MODEL, version.name);
                    return true;
                });
            } catch (Refusal refusal) {
                assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT);
                gone = false;
            }
            assertThat(gone).as("%s was deleted", version.name).isEqualTo(mayGo);
            if (gone) {
                versions.remove(version.name);
                deleted++;
            } else {
                refused++;
            }
        }

        private boolean mayGo(Version version) {
            boolean mayChange = !version.isFixed || version.isRetired || version.rollouts.isEmpty();
            return mayChange
                    && version.rollouts.stream().noneMatch(this::isRunning)
                    && slots.stream().noneMatch(slot -> slot.needs(version.digest))
                    && fleet.all(JobRow.class).stream()
                            .noneMatch(job -> job.finishedAt == null && version.name.equals(job.version));
        }

        private boolean mayBeAborted(String rollout) {
            return fleet.get(RolloutRow.class, rollout).state.equals("running");
        }

        private boolean isRunning(String rollout) {
            return fleet.get(RolloutRow.class, rollout).isOpen();
        }

        void pass(Duration time) {
            fleet.step(time);
        }

        Set<String> needed() {
            Set<String> needed = new HashSet<>();
            for (Version version : versions.values()) {
                needed.add(version.digest);
                add(needed, version.base);
            }
            for (Slot slot : slots) {
                add(needed, slot.desired);
                add(needed, slot.previous);
                add(needed, slot.loaded);
            }
            for (JobRow job : fleet.all(JobRow.class)) {
                add(needed, inputs.get(job.id));
            }
            return needed;
        }

        private static void add(Set<String> needed, @Nullable String digest) {
            if (digest != null) {
                needed.add(digest);
            }
        }

        void assertAllThere() {
            for (String digest : needed()) {
                byte[] bytes = fleet.core().run(scope -> Artifacts.of(scope).read(new Digest(digest)));
                assertThat(bytes).isNotEmpty();
            }
        }
    }

    @Test
    void whatSomebodyNeedsStaysAndTheRestGoes() {
        int[] counts = new int[3];
        SeededCases.forEach(1, 40, (random, _) -> {
            World world = new World(random);
            for (int i = 0; i < EVENTS; i++) {
                world.event();
                world.assertAllThere();
            }
            world.pass(Duration.ofDays(8));
            world.pass(Duration.ofHours(2));
            Set<String> there = new HashSet<>();
            world.fleet.all(ArtifactRow.class).forEach(row -> there.add(row.id));
            assertThat(there).isEqualTo(world.needed());
            counts[0] += world.deleted;
            counts[1] += world.refused;
            counts[2] += world.made - there.size();
        });
        assertThat(counts[0]).as("deletions").isGreaterThan(40);
        assertThat(counts[1]).as("refusals").isGreaterThan(40);
        assertThat(counts[2]).as("artifacts that went").isGreaterThan(40);
    }

    @Test
    void chunksGoWithTheirArtifacts() {
        World world = new World(new SplittableRandom(3));
        world.publish();
        world.delete();
        world.pass(Duration.ofHours(2));
        assertThat(world.fleet.all(ArtifactRow.class)).isEmpty();
        assertThat(world.fleet.all(ChunkRow.class)).isEmpty();
    }

    @Test
    void aRefusalNamesWhatIsInTheWay() {
        World world = new World(new SplittableRandom(4));
        world.publish();
        world.rollOut();
        assertRefused(world, "rollout r-", "is running");
        for (int wave = 0; wave < 2; wave++) {
            for (Slot slot : world.slots) {
                if (world.desired(slot) != null) {
                    slot.board.runsWhatIsDesired(MODEL);
                }
            }
            world.pass(Duration.ofMillis(500));
        }
        assertRefused(world, "/cpu0/m ", " it");
    }

    private static void assertRefused(World world, String... reasons) {
        assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(
                                Refusal.class,
                                () -> world.fleet.core().run(scope -> {
                                    VersionRemoval.delete(scope, TestFleet.TENANT, MODEL, "1.0.0");
                                    return true;
                                }))
                        .getMessage())
                .contains(reasons);
    }
}
