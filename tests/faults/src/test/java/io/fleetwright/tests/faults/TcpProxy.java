package io.fleetwright.tests.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A network that a test can cut: listens on loopback and passes bytes on to one port of this machine. */
final class TcpProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 4096;
    private static final int HEARD_BYTES_MAX = 64 << 20;

    private final ServerSocket server;
    private final int targetPort;
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private final AtomicInteger stalled = new AtomicInteger();
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private volatile boolean refusing;
    private volatile long bytesToClientMax = Long.MAX_VALUE;

    /** Which way bytes flow. */
    enum Way {
        TO_CLIENT,
        TO_SERVER
    }

    TcpProxy(int targetPort) throws IOException {
        this.targetPort = targetPort;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("proxy").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Connections that pass nothing any more and are still open. */
    int stalled() {
        return stalled.get();
    }

    /** All bytes that passed so far, both ways as they came; at most 64 MB. */
    byte[] heard() {
        synchronized (heard) {
            return heard.toByteArray();
        }
    }

    /** Resets every connection. */
    void cut() {
        links.forEach(Link::reset);
        links.clear();
    }

    /** Ends one way of every connection as if that side had said all it had to say; the other way goes on. */
    void halfClose(Way way) throws IOException {
        for (Link link : links) {
            link.halfClose(way);
        }
    }

    /** Lets the present connections pass nothing any more; both ends believe that they are connected. */
    void stall() {
        links.forEach(Link::stall);
    }

    /** Closes new connections at once, or passes them on again. */
    void refusing(boolean refuses) {
        refusing = refuses;
    }

    /** Connections made from now on stall after so many bytes to the client. */
    void stallAfter(long bytesToClient) {
        bytesToClientMax = bytesToClient;
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (refusing) {
                    client.close();
                    continue;
                }
                Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), targetPort));
                links.add(link);
                link.start();
            } catch (IOException targetGoneOrClosed) {
                Thread.onSpinWait(); // The client sees a closed connection and tries again; the loop ends with the
                // server.
            }
        }
    }

    private final class Link {
        private final Socket client;
        private final Socket target;
        private final long clientBytesMax = bytesToClientMax;
        private boolean stalls;
        private boolean closed;

        Link(Socket client, Socket target) {
            this.client = client;
            this.target = target;
        }

        void start() {
            Thread.ofVirtual().start(() -> pump(client, target, Long.MAX_VALUE));
            Thread.ofVirtual().start(() -> pump(target, client, clientBytesMax));
        }

        private void pump(Socket from, Socket to, long bytesMax) {
            byte[] buffer = new byte[BUFFER_BYTES];
            long passed = 0;
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    int fitting = (int) Math.min(count, bytesMax - passed);
                    hear(buffer, fitting);
                    out.write(buffer, 0, fitting);
                    out.flush();
                    passed += fitting;
                    if (passed == bytesMax) {
                        stall();
                    }
                    awaitFlow();
                }
                to.shutdownOutput();
            } catch (IOException | InterruptedException ended) {
                reset();
            }
        }

        private void hear(byte[] buffer, int count) {
            synchronized (heard) {
                heard.write(buffer, 0, Math.min(count, HEARD_BYTES_MAX - heard.size()));
            }
        }

        private synchronized void awaitFlow() throws InterruptedException {
            while (stalls && !closed) {
                wait();
            }
        }

        synchronized void stall() {
            if (!stalls && !closed) {
                stalls = true;
                stalled.incrementAndGet();
            }
        }

        void halfClose(Way way) throws IOException {
            Socket receiver = way == Way.TO_CLIENT ? client : target;
            if (!receiver.isClosed() && !receiver.isOutputShutdown()) {
                receiver.shutdownOutput();
            }
        }

        synchronized void reset() {
            if (closed) {
                return;
            }
            closed = true;
            if (stalls) {
                stalled.decrementAndGet();
            }
            notifyAll();
            for (Socket socket : List.of(client, target)) {
                try {
                    socket.setSoLinger(true, 0);
                    socket.close();
                } catch (IOException alreadyGone) {
                    Thread.onSpinWait(); // Gone is what it shall be.
                }
            }
        }
    }
}
