package io.fleetwright.runtime;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one interpreter: the caller and its helpers take parts of a kernel's output in turns until none is left.
 *
 * <p>Helpers spin for a moment between kernels, since the next one comes within microseconds, and then sleep. Nothing is
 * allocated while it runs. A helper ends when the interpreter is closed or no longer reachable by anyone.
 */
final class Team implements AutoCloseable {
    private static final int SPINS_MAX = 20_000;
    private static final Cleaner CLEANER = Cleaner.create();

    private final Workspace own;
    private final Thread[] helpers;
    private final Shared shared;
    private final int spins;
    private final Cleaner.Cleanable end;

    /** What helpers see; it does not refer to the team, so that a forgotten team can be collected. */
    private static final class Shared {
        private final AtomicInteger nextPart = new AtomicInteger();
        private final AtomicInteger busy = new AtomicInteger();
        private @Nullable Kernel kernel;
        private byte[] arena = new byte[0];
        private @Nullable Thread caller;
        private int parts;
        private @Nullable Throwable failure;
        private final AtomicInteger round = new AtomicInteger();
        private volatile boolean closed;

        void close(Thread[] helpers) {
            closed = true;
            for (Thread helper : helpers) {
                LockSupport.unpark(helper);
            }
        }

        void takeParts(Workspace workspace) {
            Kernel present = kernel;
            if (present == null) {
                return;
            }
            for (int part = nextPart.getAndIncrement(); part < parts; part = nextPart.getAndIncrement()) {
                present.run(arena, workspace, part, part + 1);
            }
        }

        void help(Workspace workspace, int spinsMax) {
            int seen = 0;
            while (!closed) {
                for (int spin = 0; round.get() == seen && !closed && spin < spinsMax; spin++) {
                    Thread.onSpinWait();
                }
                while (round.get() == seen && !closed) {
                    LockSupport.park(this);
                }
                if (closed) {
                    return;
                }
                seen = round.get();
                try {
                    takeParts(workspace);
                } catch (RuntimeException | Error broken) {
                    failure = broken;
                } finally {
                    if (busy.decrementAndGet() == 0) {
                        LockSupport.unpark(caller);
                    }
                }
            }
        }
    }

    /** @param threads the caller included, at least 1 */
    Team(int threads, WorkspaceSize size, String name) {
        this.own = new Workspace(size);
        this.shared = new Shared();
        this.helpers = new Thread[threads - 1];
        // More threads than cores only take time from each other by spinning.
        this.spins = threads <= Runtime.getRuntime().availableProcessors() ? SPINS_MAX : 0;
        int helperSpins = spins;
        for (int i = 0; i < helpers.length; i++) {
            var workspace = new Workspace(size);
            var work = shared;
            helpers[i] = Thread.ofPlatform()
                    .name("infer-%s-%d".formatted(name, i + 1))
                    .daemon()
                    .start(() -> work.help(workspace, helperSpins));
        }
        var ending = shared;
        var all = helpers;
        this.end = CLEANER.register(this, () -> ending.close(all));
    }

    /** Runs a kernel in full, shared when it has parts to share. */
    void run(Kernel kernel, int parts, byte[] arena) {
        if (helpers.length == 0 || parts < 2) {
            kernel.run(arena, own, 0, parts);
            return;
        }
        shared.kernel = kernel;
        shared.arena = arena;
        shared.caller = Thread.currentThread();
        shared.parts = parts;
        shared.nextPart.set(0);
        shared.busy.set(helpers.length);
        shared.round.incrementAndGet();
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        RuntimeException own = takeOwnParts();
        for (int spin = 0; shared.busy.get() > 0; spin++) {
            if (spin < spins) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
            }
        }
        Throwable failure = shared.failure;
        shared.failure = null;
        if (own != null) {
            throw own;
        }
        if (failure != null) {
            throw new IllegalStateException("a helper thread failed", failure);
        }
    }

    /** The caller's thread computes one part of a kernel. */
    void runAlone(Kernel kernel, int part, byte[] arena) {
        kernel.run(arena, own, part, part + 1);
    }

    private @Nullable RuntimeException takeOwnParts() {
        try {
            shared.takeParts(own);
            return null;
        } catch (RuntimeException broken) {
            return broken;
        }
    }

    @Override
    public void close() {
        end.clean();
    }
}
