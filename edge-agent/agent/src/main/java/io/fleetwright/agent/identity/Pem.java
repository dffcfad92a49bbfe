package io.fleetwright.agent.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Base64;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Certificates and requests for them as text. */
final class Pem {
    static final int CHARS_MAX = 8 * 1024;

    private Pem() {}

    /** DER of a certificate. */
    static byte[] certificate(String pem) {
        return Base64.getMimeDecoder()
                .decode(pem.replaceAll("-----(BEGIN|END) CERTIFICATE-----", "").getBytes(StandardCharsets.US_ASCII));
    }

    /** A request that proves that its sender has the private key; what it is to say is the controller's to choose. */
    static String request(PublicKey publicKey, PrivateKey key) throws IOException {
        try {
            byte[] der = new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=agent"), publicKey)
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key))
                    .getEncoded();
            return "-----BEGIN CERTIFICATE REQUEST-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                    + "\n-----END CERTIFICATE REQUEST-----\n";
        } catch (OperatorCreationException failure) {
            throw new IOException("cannot sign a certificate request", failure);
        }
    }
}
