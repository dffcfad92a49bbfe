package io.fleetwright.trust;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 key that signs desired lists and the documents of the signing set.
 *
 * @see "RFC 8032"
 */
public final class SigningKey {
    private final PrivateKey privateKey;
    private final PublicKey publicKey;
    /** Who computes signatures, with the private key in its own form; nobody in particular when null. */
    private final @Nullable Signer signer;

    private record Signer(PrivateKey key, Provider provider) {}

    private SigningKey(PrivateKey privateKey, PublicKey publicKey, @Nullable Signer signer) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
        this.signer = signer;
    }

    /** A new key from the JDK's own randomness. */
    public static SigningKey generate() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            return new SigningKey(pair.getPrivate(), pair.getPublic(), null);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("this JDK has no Ed25519", impossible);
        }
    }

    /**
     * A stored key.
     *
     * @param pkcs8 the private key, PKCS #8
     * @param spki the public key, SubjectPublicKeyInfo
     * @throws IllegalArgumentException when either is no Ed25519 key, or they do not belong together
     */
    public static SigningKey of(byte[] pkcs8, byte[] spki) {
        try {
            KeyFactory factory = KeyFactory.getInstance("Ed25519");
            SigningKey key = new SigningKey(
                    factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8)),
                    factory.generatePublic(new X509EncodedKeySpec(spki)),
                    null);
            byte[] probe = {1, 2, 3};
            if (!verify(key.publicKey, probe, key.sign(probe))) {
                throw new IllegalArgumentException("private and public signing key do not belong together");
            }
            return key;
        } catch (GeneralSecurityException wrong) {
            throw new IllegalArgumentException("not an Ed25519 key pair", wrong);
        }
    }

    /**
     * The same key with signatures computed by this provider. Ed25519 signatures are deterministic, so they stay the same
     * bytes; the time that they take does not: of a list, 0.9 ms by the JDK 25's own code and 0.04 by BouncyCastle's.
     *
     * @throws IllegalArgumentException when the provider does not sign as the JDK does
     */
    public SigningKey by(Provider provider) {
        byte[] probe = {1, 2, 3};
        try {
            PrivateKey own = KeyFactory.getInstance("Ed25519", provider)
                    .generatePrivate(new PKCS8EncodedKeySpec(privateKey.getEncoded()));
            SigningKey key = new SigningKey(privateKey, publicKey, new Signer(own, provider));
            if (!Arrays.equals(key.sign(probe), new SigningKey(privateKey, publicKey, null).sign(probe))) {
                throw new IllegalArgumentException("provider %s signs otherwise".formatted(provider.getName()));
            }
            return key;
        } catch (GeneralSecurityException unable) {
            throw new IllegalArgumentException("provider %s has no Ed25519".formatted(provider.getName()), unable);
        }
    }

    /** PKCS #8 bytes of the private key, for storage with mode 0600. */
    public byte[] pkcs8() {
        return privateKey.getEncoded();
    }

    /** SubjectPublicKeyInfo bytes of the public key, for the agents. */
    public byte[] spki() {
        return publicKey.getEncoded();
    }

    /** SHA-256 of the public key, which names it. */
    public String keyId() {
        return keyId(publicKey.getEncoded());
    }

    /** Name of a public key, from its SubjectPublicKeyInfo bytes. */
    public static String keyId(byte[] spki) {
        return Digest.of(spki).hex().substring(0, 32);
    }

    /** Signs the list's encoded bytes. */
    public SignedList sign(DesiredList list) {
        byte[] payload = list.encode();
        return new SignedList(payload, keyId(), sign(payload));
    }

    /** Signs a document's bytes; every kind of document starts with a head of its own, so no signature fits two kinds. */
    public byte[] sign(byte[] payload) {
        try {
            Signer chosen = signer;
            Signature signature = chosen == null
                    ? Signature.getInstance("Ed25519")
                    : Signature.getInstance("Ed25519", chosen.provider());
            signature.initSign(chosen == null ? privateKey : chosen.key());
            signature.update(payload);
            return signature.sign();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("cannot sign", impossible);
        }
    }

    /** True when the signature is the key's over these very bytes. */
    public static boolean verify(PublicKey key, byte[] payload, byte[] signatureBytes) {
        return verify(null, key, payload, signatureBytes);
    }

    /**
     * Likewise, computed by this provider.
     *
     * @param key in the provider's own form
     */
    static boolean verify(@Nullable Provider provider, PublicKey key, byte[] payload, byte[] signatureBytes) {
        try {
            Signature signature =
                    provider == null ? Signature.getInstance("Ed25519") : Signature.getInstance("Ed25519", provider);
            signature.initVerify(key);
            signature.update(payload);
            return signature.verify(signatureBytes);
        } catch (GeneralSecurityException malformed) {
            return false; // A signature of the wrong length or form is a wrong signature.
        }
    }
}
