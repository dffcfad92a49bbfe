package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PolicyTest {
    private static final Policy DEFAULTS = Policy.of(List.of(new Wave.Percent(100)), Duration.ofMinutes(2));

    @Test
    void whatIsWrittenIsReadAgain() {
        String json = """
                {"waves":[{"count":10},{"class":"npu"},{"percent":25},{"percent":100}],"startAt":"2026-12-01T00:00:00Z",
                 "windows":[{"days":["mon","sat"],"from":"22:00","to":"04:30","zone":"Europe/Berlin"}],"approvals":[0,2],
                 "startsPerMinute":7,"changingMax":5,"changingPerClassMax":2,"changingLabel":"site","changingPerLabelMax":3,"bytesPerNodeDay":1000000,
                 "failuresToleratedPercent":5,"successPercent":90,"dispatchSeconds":60,"applySeconds":90,
                 "gateSeconds":600,"rolloutSeconds":86400,"onBreach":"pause"}""";
        Policy policy = PolicyJson.read(json, DEFAULTS);
        assertThat(policy.onBreach()).isEqualTo(Policy.OnBreach.PAUSE);
        assertThat(policy.waves()).hasSize(4);
        assertThat(PolicyJson.read(PolicyJson.write(policy), DEFAULTS)).isEqualTo(policy);
        assertThat(PolicyJson.read("{}", DEFAULTS)).isEqualTo(DEFAULTS);
    }

    @Test
    void aWrongFieldIsNamed() {
        Map.ofEntries(
                        Map.entry("{\"waves\":[{\"percent\":50}]}", "policy: waves (50 percent) must be 100"),
                        Map.entry("{\"waves\":[{\"percent\":50},{\"percent\":50},{\"percent\":100}]}", "waves"),
                        Map.entry("{\"waves\":[{\"count\":0},{\"percent\":100}]}", "count"),
                        Map.entry("{\"waves\":[{\"part\":1}]}", "part"),
                        Map.entry("{\"startAt\":\"tomorrow\"}", "startAt (tomorrow) must be a time in UTC"),
                        Map.entry(
                                "{\"startAt\":\"+1000000000-01-01T00:00:00Z\"}",
                                "startAt (+1000000000-01-01T00:00:00Z)"),
                        Map.entry("{\"startAt\":\"-1000000000-01-01T00:00:00Z\"}", "startAt (-1000000000"),
                        Map.entry(
                                "{\"windows\":[{\"days\":[\"monday\"],\"from\":\"1:00\",\"to\":\"2:00\"}]}", "monday"),
                        Map.entry(
                                "{\"windows\":[{\"from\":\"25:00\",\"to\":\"02:00\"}]}",
                                "from (25:00) must be a time of day"),
                        Map.entry(
                                "{\"windows\":[{\"from\":\"01:00\",\"to\":\"02:00\",\"zone\":\"Mars/X\"}]}",
                                "zone (Mars/X) must be a time zone"),
                        Map.entry(
                                "{\"waves\":[{\"percent\":10,\"count\":2},{\"percent\":100}]}",
                                "one of percent, count"),
                        Map.entry("{\"approvals\":[1]}", "approvals"),
                        Map.entry("{\"startsPerMinute\":-1}", "startsPerMinute"),
                        Map.entry("{\"changingPerLabelMax\":1}", "changingLabel"),
                        Map.entry("{\"changingLabel\":\"site\"}", "changingLabel"),
                        Map.entry("{\"changingLabel\":\"no name\",\"changingPerLabelMax\":1}", "changingLabel"),
                        Map.entry("{\"failuresTolerated\":1,\"failuresToleratedPercent\":1}", "failuresTolerated"),
                        Map.entry("{\"failuresToleratedPercent\":101}", "failuresTolerated"),
                        Map.entry("{\"successPercent\":101}", "successPercent"),
                        Map.entry("{\"gateSeconds\":0}", "gateSeconds"),
                        Map.entry("{\"onBreach\":\"shrug\"}", "onBreach"),
                        Map.entry("{\"wavs\":[]}", "wavs"))
                .forEach((json, field) -> assertThatThrownBy(() -> PolicyJson.read(json, DEFAULTS))
                        .as(json)
                        .isInstanceOfSatisfying(
                                Refusal.class,
                                refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID))
                        .hasMessageContaining(field)
                        .hasMessageNotContaining("policy: policy"));
    }

    @Test
    void aWindowMayPassMidnightAndFollowsItsOwnClock() {
        Window night = PolicyJson.read(
                        "{\"windows\":[{\"days\":[\"mon\"],\"from\":\"22:00\",\"to\":\"04:00\",\"zone\":\"Europe/Berlin\"}]}",
                        DEFAULTS)
                .windows()
                .getFirst();
        Map.of(
                        "2026-11-30T20:59:59Z", false,
                        "2026-11-30T21:00:00Z", true,
                        "2026-12-01T02:59:59Z", true,
                        "2026-12-01T03:00:00Z", false,
                        "2026-12-01T21:30:00Z", false,
                        "2026-11-30T02:00:00Z", false,
                        // In summer the zone's clock is an hour further.
                        "2026-07-06T20:00:00Z", true)
                .forEach((time, open) -> assertThat(
                                night.isOpen(Instant.parse(time).toEpochMilli()))
                        .as(time)
                        .isEqualTo(open));
        Map.of(
                        "2026-11-30T20:59:59Z", "2026-11-30T21:00:00Z",
                        "2026-12-01T03:00:00Z", "2026-12-07T21:00:00Z",
                        "2026-07-04T12:00:00Z", "2026-07-06T20:00:00Z")
                .forEach((time, opens) -> assertThat(
                                night.opens(Instant.parse(time).toEpochMilli()))
                        .as(time)
                        .isEqualTo(Instant.parse(opens)));
    }
}
