package io.fleetwright.trust;

/**
 * A desired list's bytes with one signature over them; nothing about it is proven yet.
 *
 * @param payload the encoded list
 * @param keyId name of the signing key, see {@link SigningKey#keyId()}
 * @param signature Ed25519 signature, 64 bytes
 */
public record SignedList(byte[] payload, String keyId, byte[] signature) {
    public SignedList {
        payload = payload.clone();
        signature = signature.clone();
    }
}
