package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.rollout.Policy;
import io.fleetwright.controller.rollout.PolicyJson;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.rollout.Rollouts;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;

/** People and programs that use the controller of a history. */
final class Operators {
    private static final String ACTOR = "simulation";
    private static final int INPUT_BYTES = 1024;

    private final History history;
    private final SplittableRandom random;
    private final Controllers controllers;
    private final JobChecks jobs;

    Operators(History history, Controllers controllers, JobChecks jobs) {
        this.history = history;
        this.random = history.random();
        this.controllers = controllers;
        this.jobs = jobs;
    }

    void publish() {
        controllers.on(core -> {
            core.models().create(History.TENANT, "glyphs");
            Published.VERSIONS.forEach((version, variants) -> {
                core.models().createVersion(History.TENANT, "glyphs", version);
                variants.forEach((variant, bytes) ->
                        core.models().putVariant(History.TENANT, "glyphs", version, variant, bytes, "test"));
            });
        });
    }

    /** Plans what they do during the storm. */
    void plan() {
        Timeline time = history.time();
        if (history.focus() == History.Focus.ROLLOUTS) {
            for (int i = 0; i < 4; i++) {
                time.at(2_000 + i * 14_000 + random.nextLong(10_000), this::anyRollout);
            }
            for (int i = 0; i < 20; i++) {
                time.at(2_000 + random.nextLong(History.STORM_MILLIS + 20_000), this::command);
            }
            time.at(5_000 + random.nextLong(History.STORM_MILLIS / 2), controllers::leaveStale);
            for (int i = random.nextInt(4); i > 0; i--) {
                time.at(2_000 + random.nextLong(History.STORM_MILLIS), controllers::stepClock);
            }
        } else {
            time.at(2_000, () -> rollout(List.of(20, 100), List.of()));
            time.at(25_000 + random.nextLong(10_000), () -> rollout(List.of(100), List.of("w0.5-int8")));
            for (int i = 0; i < 40; i++) {
                time.at(3_000 + random.nextLong(History.STORM_MILLIS), this::submit);
            }
        }
    }

    private void rollout(List<Integer> waves, List<String> variants) {
        ask(core -> core.rollouts().percents(waves), "1.0.0", variants);
    }

    private void anyRollout() {
        String policy = """
                {"waves":[{"count":%d},{"percent":%d},{"percent":100}],"approvals":%s,"startsPerMinute":%d,
                 "changingMax":%d,"bytesPerNodeDay":%d,"failuresTolerated":%d,"successPercent":%d,"dispatchSeconds":%d,
                 "applySeconds":%d,"rolloutSeconds":%d,"onBreach":"%s"}""".formatted(
                        1 + random.nextInt(3),
                        30 + random.nextInt(40),
                        random.nextInt(4) == 0 ? "[1]" : "[]",
                        random.nextInt(3) == 0 ? 10 : 0,
                        random.nextInt(3) == 0 ? 3 : 0,
                        random.nextInt(4) == 0 ? 100_000 : 0,
                        random.nextInt(3),
                        random.nextInt(2) * 50,
                        5 + random.nextInt(30),
                        5 + random.nextInt(30),
                        30 + random.nextInt(120),
                        random.nextInt(3) == 0 ? "pause" : "rollback");
        List<String> variants = random.nextBoolean()
                ? List.of(Published.VARIANTS.get(random.nextInt(Published.VARIANTS.size())))
                : List.of();
        ask(
                core -> PolicyJson.read(policy, core.rollouts().percents(List.of())),
                List.of("1.0.0", "2.0.0", Published.KILLER).get(random.nextInt(3)),
                variants);
    }

    /** An operator who asks again when the controller is away, has not heard of any device yet, or is busy with another. */
    private void ask(Function<FleetCore, Policy> policy, String version, List<String> variants) {
        boolean[] accepted = new boolean[1];
        controllers.on(core -> {
            Rollouts.Request request = new Rollouts.Request(
                    "glyphs",
                    version,
                    List.of(),
                    List.of(),
                    null,
                    variants,
                    policy.apply(core),
                    null,
                    null,
                    null,
                    Set.of(Rollouts.Allowance.UNAPPROVED),
                    null);
            try {
                core.act(
                        History.TENANT,
                        ACTOR,
                        "rollout.created",
                        "glyphs",
                        scope -> core.rollouts()
                                .create(scope.tx(), scope.effects(), History.TENANT, request, scope.nowMillis()));
                accepted[0] = true;
            } catch (Refusal notNow) {
                assertThat(notNow.getMessage())
                        .containsAnyOf("no device matches", "no variant fits", "which has not ended");
            }
        });
        if (!accepted[0] && history.time().now() < History.START_MILLIS + 2 * History.STORM_MILLIS) {
            history.time().at(2_000, () -> ask(policy, version, variants));
        }
    }

    /** An operator who does something to the newest rollout, which may refuse it. */
    private void command() {
        RolloutRow newest = history.checks().newest();
        if (newest == null) {
            return;
        }
        String id = newest.id;
        int choice = random.nextInt(9);
        if (choice == 6 || choice == 7) {
            history.checks().retried(id);
        }
        controllers.on(core -> {
            try {
                core.act(History.TENANT, ACTOR, "rollout", id, scope -> switch (choice) {
                    case 0, 1 ->
                        core.rollouts().pause(scope.tx(), scope.effects(), History.TENANT, id, scope.nowMillis());
                    case 2, 3, 4 ->
                        core.rollouts().resume(scope.tx(), scope.effects(), History.TENANT, id, scope.nowMillis());
                    case 5 ->
                        core.rollouts().approve(scope.tx(), scope.effects(), History.TENANT, id, scope.nowMillis());
                    case 6, 7 ->
                        core.rollouts().retry(scope.tx(), scope.effects(), History.TENANT, id, scope.nowMillis());
                    default ->
                        core.rollouts()
                                .abort(
                                        scope.tx(),
                                        scope.effects(),
                                        History.TENANT,
                                        id,
                                        random.nextBoolean() ? Reach.ALL : Reach.UNFINISHED,
                                        scope.nowMillis());
                });
            } catch (Refusal inThisState) {
                assertThat(inThisState.kind()).isEqualTo(Refusal.Kind.CONFLICT);
            }
        });
        history.checks().retried(null);
    }

    private void submit() {
        byte[] input = new byte[INPUT_BYTES];
        new SplittableRandom(random.nextLong()).nextBytes(input);
        controllers.on(core -> {
            JobRow job = core.run(scope -> core.jobs()
                    .submit(
                            scope.tx(),
                            scope.effects(),
                            History.TENANT,
                            new Jobs.Request("glyphs", input, null, input.length, Duration.ofSeconds(20), null),
                            scope.nowMillis()));
            jobs.accepted(job.id, input);
        });
    }
}
