package io.fleetwright.tests.simulation;

import java.io.ByteArrayOutputStream;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ed25519 of the JDK that computes each answer once: both operations are functions of their bytes (RFC 8032), and in a
 * fleet every board checks the same documents. That was a third of a history's time.
 */
final class RememberedSignatures extends Provider {
    private static final long serialVersionUID = 1L;
    private static final String ALGORITHM = "Ed25519";
    private static final int REMEMBERED_MAX = 20_000;
    private static final Provider ORIGINAL = Security.getProvider("SunEC");

    /** By the key, the message and, of a verification, the signature: all the bytes that the answer follows from. */
    private static final Map<List<String>, Object> ANSWERS = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<String>, Object> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    private RememberedSignatures() {
        super("RememberedSignatures", "1", "Ed25519 that computes each answer once");
        putService(new Service(this, "Signature", ALGORITHM, Remembered.class.getName(), null, null) {
            @Override
            public Object newInstance(Object parameter) {
                return new Remembered();
            }
        });
    }

    /** From now on in this process; a second call changes nothing. */
    static void install() {
        Security.insertProviderAt(new RememberedSignatures(), 1);
    }

    private static @Nullable Object known(List<String> question) {
        synchronized (ANSWERS) {
            return ANSWERS.get(question);
        }
    }

    private static void learn(List<String> question, Object answer) {
        synchronized (ANSWERS) {
            ANSWERS.put(question, answer);
        }
    }

    private static final class Remembered extends SignatureSpi {
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();
        private @Nullable Key key;

        private void begin(Key with) {
            key = with;
            message.reset();
        }

        private String text(byte[] bytes) {
            return Base64.getEncoder().encodeToString(bytes);
        }

        private Signature original() {
            try {
                return Signature.getInstance(ALGORITHM, ORIGINAL);
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException("this JDK has no Ed25519", impossible);
            }
        }

        @Override
        protected void engineInitVerify(PublicKey with) {
            begin(with);
        }

        @Override
        protected void engineInitSign(PrivateKey with) {
            begin(with);
        }

        @Override
        protected void engineUpdate(byte one) {
            message.write(one);
        }

        @Override
        protected void engineUpdate(byte[] bytes, int from, int length) {
            message.write(bytes, from, length);
        }

        @Override
        protected byte[] engineSign() throws SignatureException {
            PrivateKey with = (PrivateKey) Objects.requireNonNull(key);
            byte[] bytes = message.toByteArray();
            message.reset();
            List<String> question = List.of("sign", text(with.getEncoded()), text(bytes));
            if (known(question) instanceof byte[] signature) {
                return signature.clone();
            }
            try {
                Signature original = original();
                original.initSign(with);
                original.update(bytes);
                byte[] signature = original.sign();
                learn(question, signature.clone());
                return signature;
            } catch (InvalidKeyException wrong) {
                throw new SignatureException(wrong);
            }
        }

        @Override
        protected boolean engineVerify(byte[] signature) throws SignatureException {
            PublicKey with = (PublicKey) Objects.requireNonNull(key);
            byte[] bytes = message.toByteArray();
            message.reset();
            List<String> question = List.of("verify", text(with.getEncoded()), text(bytes), text(signature));
            if (known(question) instanceof Boolean answer) {
                return answer;
            }
            try {
                Signature original = original();
                original.initVerify(with);
                original.update(bytes);
                boolean answer = original.verify(Arrays.copyOf(signature, signature.length));
                learn(question, answer);
                return answer;
            } catch (InvalidKeyException wrong) {
                throw new SignatureException(wrong);
            }
        }

        @Override
        @Deprecated
        protected void engineSetParameter(String name, Object value) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        @Deprecated
        protected Object engineGetParameter(String name) {
            throw new UnsupportedOperationException(name);
        }
    }
}
