package io.fleetwright.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DesiredVerifierTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final DesiredSlot SLOT =
            new DesiredSlot("cpu0", "glyphs", "glyphs", "1.0.0", "w1.0-int8", Digest.of(new byte[] {1}), 28_000);

    private final DesiredVerifier verifier = new DesiredVerifier("default", "n1", KEY.spki());

    private static DesiredList list(long version) {
        return new DesiredList("default", "n1", version, List.of(SLOT));
    }

    private static Verdict.Reason reason(Verdict verdict) {
        return ((Verdict.Rejected) verdict).reason();
    }

    @Test
    void acceptsWhatTheControllerSigned() {
        var verdict = verifier.verify(KEY.sign(list(3)), 2);
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Accepted.class,
                        accepted -> assertThat(accepted.verified().list()).isEqualTo(list(3)));
    }

    @Test
    void acceptsTheSameVersionAgainSinceMessagesRepeat() {
        assertThat(verifier.verify(KEY.sign(list(3)), 3)).isInstanceOf(Verdict.Accepted.class);
    }

    @Test
    void rejectsAnOlderListEvenWhenTheSignatureIsValid() {
        assertThat(reason(verifier.verify(KEY.sign(list(2)), 3))).isEqualTo(Verdict.Reason.ROLLED_BACK);
    }

    @Test
    void rejectsAListForAnotherNode() {
        var other = KEY.sign(new DesiredList("default", "n2", 9, List.of(SLOT)));
        assertThat(reason(verifier.verify(other, 0))).isEqualTo(Verdict.Reason.WRONG_NODE);
    }

    @Test
    void rejectsAnotherKey() {
        assertThat(reason(verifier.verify(SigningKey.generate().sign(list(1)), 0)))
                .isEqualTo(Verdict.Reason.UNKNOWN_KEY);
    }

    @Test
    void rejectsAWellSignedDocumentThatIsNoList() {
        for (String text : List.of(
                "", "fleetwright-desired 2\n", new String(list(1).encode(), StandardCharsets.US_ASCII) + "slot x\n")) {
            byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
            var signed = new SignedList(payload, KEY.keyId(), signRaw(payload));
            assertThat(reason(verifier.verify(signed, 0))).isEqualTo(Verdict.Reason.MALFORMED);
        }
    }

    @Test
    void rejectsEveryFlippedByteOfPayloadAndSignature() {
        SignedList good = KEY.sign(list(1));
        SeededCases.forEach(1, 300, (random, _) -> {
            byte[] payload = good.payload().clone();
            byte[] signature = good.signature().clone();
            byte[] target = random.nextBoolean() ? payload : signature;
            target[random.nextInt(target.length)] ^= (byte) (1 + random.nextInt(255));
            var verdict = verifier.verify(new SignedList(payload, good.keyId(), signature), 0);
            assertThat(reason(verdict)).isEqualTo(Verdict.Reason.BAD_SIGNATURE);
        });
    }

    @Test
    void refusesToEncodeMoreThanTheLimit() {
        List<DesiredSlot> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(new DesiredSlot("cpu0", "s" + i, "m", "1", "v", Digest.of(new byte[] {2}), 1));
        }
        assertThatThrownBy(() -> new DesiredList("default", "n1", 1, many).encode())
                .hasMessageContaining("100 slots");
    }

    @Test
    void aSlotMayBeNamedOnlyOnce() {
        assertThatThrownBy(() -> new DesiredList("default", "n1", 1, List.of(SLOT, SLOT)))
                .hasMessageContaining("cpu0/glyphs is named twice");
    }

    @Test
    void storedKeysAreCheckedAgainstEachOther() {
        assertThat(SigningKey.of(KEY.pkcs8(), KEY.spki()).keyId()).isEqualTo(KEY.keyId());
        assertThatThrownBy(
                        () -> SigningKey.of(KEY.pkcs8(), SigningKey.generate().spki()))
                .hasMessageContaining("do not belong together");
    }

    private static byte[] signRaw(byte[] payload) {
        try {
            var signature = java.security.Signature.getInstance("Ed25519");
            signature.initSign(java.security.KeyFactory.getInstance("Ed25519")
                    .generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(KEY.pkcs8())));
            signature.update(payload);
            return signature.sign();
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
