package io.fleetwright.controller.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AccessRulesTest {
    private static final Identity NODE = new Identity.Node(new NodeAddress("t1", "n1"));
    private static final Identity CONTROLLER = new Identity.Controller();

    @Test
    void aNodePublishesItsOwnUpTopicsAndItsOwnTensors() {
        for (String allowed : List.of("fw.v1.t1.n1.up.birth", "fw.v1.t1.n1.up.telemetry", "fw.v1.t1.n2.in.tensor.n1")) {
            assertThat(AccessRules.mayPublish(NODE, allowed)).as(allowed).isTrue();
        }
        for (String refused : List.of(
                "",
                "fw.v1.t1.n1.up",
                "fw.v1.t1.n1.up.",
                "fw.v1.t1.n1.up.a.b",
                "fw.v1.t1.n1.up.made-up",
                "fw.v1.t1.n1.up.birthday",
                "fw.v1.t1.n1.up.*",
                "fw.v1.t1.n1.up.#",
                "fw.v1.t1.n1.upx.birth",
                "fw.v1.t1.n1.down.work",
                "fw.v1.t1.n1.down.outcome",
                "fw.v1.t1.n2.down.outcome",
                "fw.v1.t1.n11.up.birth",
                "fw.v1.t1.n2.up.birth",
                "fw.v1.t2.n1.up.birth",
                "fw.v1.t1.n2.in.tensor.n3",
                "fw.v1.t1.n2.in.tensor.n1.x",
                "fw.v1.t2.n2.in.tensor.n1",
                "fw.v1.t1.*.in.tensor.n1",
                "x.fw.v1.t1.n1.up.birth",
                "$SYS.x",
                "activemq.management")) {
            assertThat(AccessRules.mayPublish(NODE, refused)).as(refused).isFalse();
        }
    }

    @Test
    void aNodeSubscribesToItsOwnDownAndInTopicsWithItsOwnQueue() {
        for (String allowed : List.of("fw.v1.t1.n1.down.#", "fw.v1.t1.n1.down.work", "fw.v1.t1.n1.in.#")) {
            assertThat(AccessRules.maySubscribe(NODE, allowed, "")).as(allowed).isTrue();
            assertThat(AccessRules.maySubscribe(NODE, allowed, "t1_n1." + allowed))
                    .isTrue();
            assertThat(AccessRules.maySubscribe(NODE, allowed, "t1_n2." + allowed))
                    .isFalse();
            assertThat(AccessRules.maySubscribe(NODE, allowed, "t1_n11." + allowed))
                    .isFalse();
            assertThat(AccessRules.maySubscribe(NODE, allowed, "controllers." + allowed))
                    .isFalse();
        }
        for (String refused : List.of(
                "#",
                "*.#",
                "fw.#",
                "fw.v1.#",
                "fw.v1.t1.#",
                "fw.v1.t1.n1.#",
                "fw.v1.t1.*.down.#",
                "fw.v1.t1.n2.down.#",
                "fw.v1.t2.n1.down.#",
                "fw.v1.t1.n1.up.#",
                "fw.v1.t1.n1.downx.#",
                "fw.v1.t1.n1.down.made-up",
                "fw.v1.t1.n1.down.work.#",
                "fw.v1.t1.n1.in.tensor.n2",
                "$SYS.#",
                "activemq.notifications")) {
            assertThat(AccessRules.maySubscribe(NODE, refused, "")).as(refused).isFalse();
            assertThat(AccessRules.maySubscribe(NODE, refused, "t1_n1." + refused))
                    .isFalse();
        }
    }

    @Test
    void aTensorIsHeardByTheSubscriptionOfTheNodeThatItGoesTo() {
        assertThat(AccessRules.subscriptionFor("fw.v1.t1.n2.in.tensor.n1")).contains("fw.v1.t1.n2.in.#");
        for (String other : List.of("fw.v1.t1.n1.up.birth", "fw.v1.t1.n2.in.#", "fw.v1.t1.n2.in.tensor.n1.x")) {
            assertThat(AccessRules.subscriptionFor(other)).as(other).isEmpty();
        }
    }

    @Test
    void theControllerStaysWithinTheProtocolsTree() {
        assertThat(AccessRules.mayPublish(CONTROLLER, "fw.v1.t1.n1.down.work")).isTrue();
        assertThat(AccessRules.mayPublish(CONTROLLER, "$SYS.x")).isFalse();
        assertThat(AccessRules.maySubscribe(CONTROLLER, "fw.v1.*.*.up.#", "controllers.fw.v1.*.*.up.#"))
                .isTrue();
        assertThat(AccessRules.maySubscribe(CONTROLLER, "#", "")).isFalse();
    }

    @Test
    void topicsAndFiltersHoldPlainLevelsOnly() {
        assertThat(AccessRules.isTopic("fw/v1/t1/n1/up/birth")).isTrue();
        for (String refused : List.of(
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                "a/+",
                "a/#",
                "a.b",
                "a\\b",
                "a::b",
                "a*b",
                "a\u0000b",
                "a b",
                "é",
                "$SYS/x")) {
            assertThat(AccessRules.isTopic(refused)).as(refused).isFalse();
        }
        for (String allowed : List.of("a", "a/b", "+/a", "a/+/b", "a/#", "+/#")) {
            assertThat(AccessRules.isFilter(NODE, allowed)).as(allowed).isTrue();
        }
        for (String refused :
                List.of("", "#", "a/#/b", "a#", "a+", "/a", "$SYS/#", "$share/g/a", "a::b", "a.b", "a*", "a/\u0000")) {
            assertThat(AccessRules.isFilter(NODE, refused)).as(refused).isFalse();
        }
        assertThat(AccessRules.isFilter(CONTROLLER, "$share/controllers/fw/v1/+/+/up/#"))
                .isTrue();
        assertThat(AccessRules.isFilter(CONTROLLER, "$share/controllers/$SYS/#"))
                .isFalse();
    }

    @Test
    void clientIdsBelongToExactlyOneIdentity() {
        assertThat(NODE.owns("t1_n1")).isTrue();
        for (String refused : List.of("", "t1_n2", "t2_n1", "t1-n1", "t1_n1_", "_controller_1")) {
            assertThat(NODE.owns(refused)).as(refused).isFalse();
        }
        assertThat(CONTROLLER.owns("_controller_1")).isTrue();
        assertThat(CONTROLLER.owns("t1_n1")).isFalse();
    }
}
