package io.fleetwright.trust.set;

import io.fleetwright.trust.SigningKey;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.util.SplittableRandom;

/** Keys that are the same in every run. */
final class TestKeys {
    private TestKeys() {}

    static SigningKey key(long seed) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, new Seeded(seed));
            KeyPair pair = generator.generateKeyPair();
            return SigningKey.of(
                    pair.getPrivate().getEncoded(), pair.getPublic().getEncoded());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static final class Seeded extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient SplittableRandom random;

        Seeded(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            random.nextBytes(bytes);
        }
    }
}
