package io.fleetwright.trust.artifact;

import io.fleetwright.trust.artifact.DeltaStep.Adjust;
import io.fleetwright.trust.artifact.DeltaStep.Copy;
import io.fleetwright.trust.artifact.DeltaStep.Insert;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds how a target comes from a base, in time and memory that grow linearly with both.
 *
 * <p>Equal stretches are found by hashes of the base's 16-byte blocks, looked up at every byte of the target. Between them
 * the target is compared with the base where the last stretch would go on: weights that were trained a little further
 * are near there, and near bytes are kept as differences, which compress well.
 *
 * @see "Tridgell, 1999, chapter 3: blocks of the base, every offset of the target"
 * @see "Percival, 2003, Naive differences of executable code: differences over approximate matches"
 */
final class DeltaFinder {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 16;
    /** A jump costs some bytes; it must bring so many more near ones, of those that are looked at. */
    private static final int JUMP_GAIN = 12;

    private static final int JUMP_LOOK = 64;
    /** Shorter equal stretches stay among differences, where they compress to little. */
    private static final int COPY_MIN = 64;

    private static final int NEAR_LOOK = 32;
    /** Of 32 bytes; of random weights about 3 are. */
    private static final int NEAR_MIN = 12;

    private static final int NEAR = 4;

    private final byte[] base;
    private final byte[] target;
    /** Of a hash, the first block with it, counted from 1; 0 for none. */
    private final int[] blocks;

    private final List<DeltaStep> steps = new ArrayList<>();
    /** Place in the base less place in the target of the present stretch, and of the one before the last jump. */
    private int alignment;

    private int before;
    private int at;
    private int insertFrom;

    private DeltaFinder(byte[] base, byte[] target) {
        this.base = base;
        this.target = target;
        this.blocks = new int[Math.max(16, Integer.highestOneBit(base.length / BLOCK + 1) * 4)];
        for (int block = base.length / BLOCK - 1; block >= 0; block--) {
            blocks[slot(base, block * BLOCK)] = block + 1;
        }
    }

    /** Steps that together make {@code target}. */
    static List<DeltaStep> steps(byte[] base, byte[] target) {
        return new DeltaFinder(base, target).find();
    }

    private List<DeltaStep> find() {
        while (at < target.length) {
            if (!goOn() && !jump() && !adjust()) {
                at++;
            }
        }
        endInsert(at);
        return steps;
    }

    private boolean goOn() {
        int equal = equal(at + alignment, Integer.MAX_VALUE);
        if (equal < COPY_MIN) {
            return false;
        }
        copy(equal);
        return true;
    }

    private boolean jump() {
        int from = candidate(at);
        if (from < 0) {
            return false;
        }
        int look = Math.min(JUMP_LOOK, target.length - at);
        if (near(from, look) < near(at + alignment, look) + JUMP_GAIN) {
            return false;
        }
        before = alignment;
        alignment = from - at;
        reachBack();
        copy(equal(from, Integer.MAX_VALUE));
        return true;
    }

    /** Bytes that wait to be inserted may be near where the new stretch begins. */
    private void reachBack() {
        int best = 0;
        int gain = 0;
        int score = 0;
        int most = Math.min(at - insertFrom, at + alignment);
        for (int back = 1; back <= most; back++) {
            score += isNear(at + alignment - back, at - back) ? 1 : -1;
            if (score > gain) {
                gain = score;
                best = back;
            }
        }
        if (best > 0) {
            endInsert(at - best);
            steps.add(new Adjust(at - best + alignment, best));
            insertFrom = at;
        }
    }

    private boolean adjust() {
        int look = Math.min(NEAR_LOOK, target.length - at);
        int here = near(at + alignment, look);
        int there = near(at + before, look);
        if (Math.max(here, there) * NEAR_LOOK < NEAR_MIN * look) {
            return false;
        }
        if (there > here) {
            int other = before;
            before = alignment;
            alignment = other;
        }
        int length = 1;
        while (length < look && at + alignment + length < base.length && candidate(at + length) < 0) {
            length++;
        }
        endInsert(at);
        int from = at + alignment;
        if (!steps.isEmpty() && steps.getLast() instanceof Adjust(int start, int count) && start + count == from) {
            steps.set(steps.size() - 1, new Adjust(start, count + length));
        } else {
            steps.add(new Adjust(from, length));
        }
        at += length;
        insertFrom = at;
        return true;
    }

    private void copy(int length) {
        endInsert(at);
        steps.add(new Copy(at + alignment, length));
        at += length;
        insertFrom = at;
    }

    private void endInsert(int end) {
        if (end > insertFrom) {
            steps.add(new Insert(end - insertFrom));
        }
    }

    /** Bytes that are the same in the base from {@code from} on and in the target from here on, at most {@code most}. */
    private int equal(int from, int most) {
        if (from < 0 || from >= base.length) {
            return 0;
        }
        int length = Math.min(most, Math.min(base.length - from, target.length - at));
        int differs = Arrays.mismatch(base, from, from + length, target, at, at + length);
        return differs < 0 ? length : differs;
    }

    /** How many of {@code count} bytes from here on are near those of the base from {@code from} on. */
    private int near(int from, int count) {
        if (from < 0) {
            return 0;
        }
        int near = 0;
        for (int i = 0; i < count && from + i < base.length; i++) {
            near += isNear(from + i, at + i) ? 1 : 0;
        }
        return near;
    }

    private boolean isNear(int inBase, int inTarget) {
        byte difference = (byte) (target[inTarget] - base[inBase]);
        return difference >= -NEAR && difference <= NEAR;
    }

    /** Where the base has the 16 bytes at {@code place} of the target, or -1. */
    private int candidate(int place) {
        if (place + BLOCK > target.length) {
            return -1;
        }
        int from = (blocks[slot(target, place)] - 1) * BLOCK;
        return from >= 0 && Arrays.equals(base, from, from + BLOCK, target, place, place + BLOCK) ? from : -1;
    }

    /** Multiplicative hash of the 16 bytes at {@code place} (Knuth, TAOCP 3, 6.4); the table's length is a power of two. */
    private int slot(byte[] bytes, int place) {
        long mixed = (long) LONGS.get(bytes, place) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 32 ^ (long) LONGS.get(bytes, place + Long.BYTES)) * 0xC2B2AE3D27D4EB4FL;
        return (int) (mixed >>> 33) & blocks.length - 1;
    }
}
