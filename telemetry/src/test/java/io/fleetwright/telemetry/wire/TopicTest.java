package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TopicTest {
    @Test
    void everyKindReadsBack() throws Exception {
        for (Topic.Kind kind : Topic.Kind.values()) {
            var topic = new Topic(new NodeAddress("default", "n-1"), kind, kind == Topic.Kind.IN_TENSOR ? "n-2" : null);
            assertThat(Topic.parse(topic.text())).isEqualTo(topic);
        }
        assertThat(new Topic(new NodeAddress("default", "n-1"), Topic.Kind.UP_BIRTH).text())
                .isEqualTo("fw/v1/default/n-1/up/birth");
    }

    @Test
    void otherTopicsAreRefused() {
        for (String text : List.of(
                "",
                "fw",
                "fw/v1/a/b/up",
                "fw/v2/a/b/up/birth",
                "fw/v1/A/b/up/birth",
                "fw/v1/a/b/up/birth/x",
                "fw/v1//b/up/birth",
                "fw/v1/a/+/up/birth",
                "/fw/v1/a/b/up/birth",
                "fw/v1/a/b/down/birth",
                "fw/v1/a/b/in/tensor",
                "fw/v1/a/b/in/tensor/",
                "fw/v1/a/b/in/tensor/C",
                "fw/v1/a/b/in/tensor/c/d",
                "fw/v1/a/b/up/birth/c")) {
            assertThatThrownBy(() -> Topic.parse(text)).isInstanceOf(MalformedMessageException.class);
        }
    }
}
