package io.fleetwright.controller.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Transport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class FleetCoreTest {
    private static Transport.Arrived birth(TestBoard board) {
        return new Transport.Arrived(
                new Topic(board.address, Topic.Kind.UP_BIRTH).text(),
                board.birthOf(List.of(), 0).encode());
    }

    @Test
    void aMessageThatCannotBeStoredKeepsNoneOfTheOthersOut() {
        TestFleet fleet = new TestFleet();
        List<TestBoard> boards = Stream.of("n1", "n2", "n3", "n4")
                .map(node -> fleet.enrol(TestFleet.TENANT, node))
                .toList();
        fleet.failCommitsOf(tx -> tx.get(NodeRow.class, "acme/n2")
                .filter(node -> node.status.equals(Nodes.ONLINE))
                .isPresent());
        List<Transport.Arrived> messages =
                new ArrayList<>(boards.stream().map(FleetCoreTest::birth).toList());
        messages.add(2, new Transport.Arrived(messages.get(2).topic(), new byte[] {'{'}));
        List<Transport.Arrived> dropped = new ArrayList<>();
        assertThatThrownBy(() -> fleet.core().messages(messages, (message, _) -> dropped.add(message)))
                .isInstanceOf(StoreException.class)
                .hasMessage("commit failed");
        assertThat(boards)
                .extracting(board -> board.node().status)
                .containsExactly(Nodes.ONLINE, Nodes.OFFLINE, Nodes.ONLINE, Nodes.ONLINE);
        assertThat(dropped).containsExactly(messages.get(2));
        assertThat(fleet.core().droppedMessages()).isEqualTo(1);
    }

    @Test
    void aMessageThatMeetsAFaultKeepsNoneOfTheOthersOut() {
        TestFleet fleet = new TestFleet();
        List<TestBoard> boards = Stream.of("n1", "n2", "n3")
                .map(node -> fleet.enrol(TestFleet.TENANT, node))
                .toList();
        fleet.failCommitsOf(tx -> {
            if (tx.get(NodeRow.class, "acme/n2")
                    .filter(node -> node.status.equals(Nodes.ONLINE))
                    .isPresent()) {
                throw new IllegalArgumentException("a number that is none");
            }
            return false;
        });
        List<Transport.Arrived> messages =
                boards.stream().map(FleetCoreTest::birth).toList();
        assertThatThrownBy(() -> fleet.core().messages(messages, (_, _) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a number that is none");
        assertThat(boards)
                .extracting(board -> board.node().status)
                .containsExactly(Nodes.ONLINE, Nodes.OFFLINE, Nodes.ONLINE);
    }

    @Test
    void aControllerBeginsBeforeItReadsWhatTheOneBeforeMayStillWrite() {
        List<Object> asked = new ArrayList<>();
        FleetStore rows = new MemoryStore();
        FleetStore watched = new FleetStore() {
            @Override
            public <T> T transact(Work<T> work) {
                return rows.transact(tx -> work.run((Tx) Proxy.newProxyInstance(
                        Tx.class.getClassLoader(), new Class<?>[] {Tx.class}, (_, method, values) -> {
                            asked.add(method.getName());
                            try {
                                return method.invoke(tx, values);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        })));
            }
        };
        new FleetCore(
                        watched,
                        new RecordedTransport(),
                        new TestClock(),
                        new SplittableRandom(1),
                        TestFleet.KEYS,
                        TestFleet.SETTINGS,
                        _ -> {})
                .start();
        assertThat(asked).containsSubsequence("updateIf", "find");
        assertThat(asked.indexOf("updateIf")).isLessThan(asked.indexOf("find"));
    }
}
