package io.fleetwright.trust.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.trust.SignedList;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** A node with a store and a clock of its own. */
final class Node {
    final MemoryStore store;

    /** What the node's clock says. */
    Instant clock = Releases.START.plus(Duration.ofHours(1));

    private final SetVerifier verifier;

    Node(MemoryStore store) {
        this.store = store;
        verifier = new SetVerifier(store, () -> clock, "default", "n1");
    }

    /** A node that trusts this first root. */
    static Node enrolled(byte[] root) {
        Node node = new Node(new MemoryStore());
        assertThat(node.run(verifier -> verifier.enrol(root))).isEqualTo(new SetVerdict.Accepted());
        return node;
    }

    interface Call {
        SetVerdict on(SetVerifier verifier) throws IOException;
    }

    SetVerdict run(Call call) {
        try {
            return call.on(verifier);
        } catch (IOException broken) {
            throw new AssertionError(broken);
        }
    }

    void accepts(Call call) {
        assertThat(run(call)).isEqualTo(new SetVerdict.Accepted());
    }

    /** Refuses for this reason, and trusts exactly what it trusted before. */
    void rejects(Threat threat, Call call) {
        var before = store.trusted();
        SetVerdict verdict = run(call);
        assertThat(verdict).isInstanceOf(SetVerdict.Rejected.class);
        assertThat(((SetVerdict.Rejected) verdict).threat()).as("%s", verdict).isEqualTo(threat);
        assertThat(store.trusted()).isEqualTo(before);
    }

    void updates(Releases.Publication publication) {
        accepts(verifier -> verifier.timestamp(publication.timestamp()));
        accepts(verifier -> verifier.snapshot(publication.snapshot()));
        for (Map.Entry<String, byte[]> line : publication.targets().entrySet()) {
            accepts(verifier -> verifier.targets(line.getKey(), line.getValue()));
        }
    }

    VerifiedOrder obeys(SignedList order) {
        SetVerdict verdict = run(verifier -> verifier.order(order));
        assertThat(verdict).isInstanceOf(SetVerdict.Ordered.class);
        return ((SetVerdict.Ordered) verdict).order();
    }
}
