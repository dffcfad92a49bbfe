package io.fleetwright.tests.security;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** MQTT 5 packets made by hand, because a client library would not write most of what is tried here. */
final class RawMqtt implements AutoCloseable {
    private static final int REFUSED = 128;
    private static final int WAIT_MILLIS = 10_000;
    private static final int CONNECT = 0x10;
    private static final int CONNACK = 2;
    private static final int PUBLISH_QOS_1 = 0x32;
    private static final int PUBACK = 4;
    private static final int SUBSCRIBE = 0x82;
    private static final int SUBACK = 9;

    private final SSLSocket socket;
    private final DataInputStream in;
    private int packetId;

    /** What came of a packet. */
    enum Outcome {
        TAKEN,
        REFUSED,
        CUT
    }

    private record Packet(int type, byte[] body) {}

    /** Connects as the client, clean, with a keep-alive of a minute and a receive maximum of 50. */
    RawMqtt(int port, SSLContext tls, String clientId) throws IOException {
        socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", port);
        socket.setSoTimeout(WAIT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 3, 0x21, 0, 50});
        text(body, clientId.getBytes(StandardCharsets.UTF_8));
        write(CONNECT, body.toByteArray());
        Packet answer = read();
        if (answer.type != CONNACK || answer.body[1] != 0) {
            throw new IOException("the broker refused the connection");
        }
    }

    Outcome publish(byte[] topic, byte[] payload) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        text(body, topic);
        body.writeBytes(nextId());
        body.write(0);
        body.writeBytes(payload);
        // A PUBACK without a reason code means success.
        return exchange(PUBLISH_QOS_1, body.toByteArray(), PUBACK, 2);
    }

    Outcome subscribe(byte[] filter) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(nextId());
        body.write(0);
        text(body, filter);
        body.write(1);
        return exchange(SUBSCRIBE, body.toByteArray(), SUBACK, 3);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private Outcome exchange(int header, byte[] body, int answerType, int codeAt) throws IOException {
        try {
            write(header, body);
            Packet answer = read();
            while (answer.type != answerType) {
                answer = read(); // Something of the session before it.
            }
            boolean refused = answer.body.length > codeAt && (answer.body[codeAt] & 0xff) >= REFUSED;
            return refused ? Outcome.REFUSED : Outcome.TAKEN;
        } catch (EOFException | SocketException | SSLException closed) {
            return Outcome.CUT;
        }
    }

    private byte[] nextId() {
        packetId++;
        return new byte[] {(byte) (packetId >> 8), (byte) packetId};
    }

    private static void text(ByteArrayOutputStream out, byte[] text) {
        out.write(text.length >> 8);
        out.write(text.length);
        out.writeBytes(text);
    }

    private void write(int header, byte[] body) throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(header);
        int left = body.length;
        do {
            int digit = left & 0x7f;
            left >>= 7;
            packet.write(left > 0 ? digit | 0x80 : digit);
        } while (left > 0);
        packet.writeBytes(body);
        socket.getOutputStream().write(packet.toByteArray());
        socket.getOutputStream().flush();
    }

    private Packet read() throws IOException {
        int type = in.readUnsignedByte() >> 4;
        if (type == 14) {
            throw new EOFException("the broker said goodbye");
        }
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            int digit = in.readUnsignedByte();
            length |= (digit & 0x7f) << shift;
            if (digit < 0x80) {
                break;
            }
        }
        byte[] body = new byte[length];
        in.readFully(body);
        return new Packet(type, body);
    }
}
