package io.fleetwright.runtime;

import io.fleetwright.runtime.kernel.KernelSet;
import io.fleetwright.runtime.kernel.ScalarKernels;
import java.util.Optional;

/**
 * The kernel sets of this machine.
 *
 * <p>Vector kernels need the module {@code jdk.incubator.vector}, which a JVM has only when it is started with {@code
 * --add-modules jdk.incubator.vector}; without it, and where the machine or the JVM would run them slower than plain Java,
 * everything runs on scalar kernels with the same bytes.
 */
public final class Kernels {
    private static final System.Logger LOG = System.getLogger("io.fleetwright.runtime");
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final String VECTOR_KERNELS = "io.fleetwright.runtime.vector.VectorKernels";

    private Kernels() {}

    /** Plain Java, which every machine runs. */
    public static KernelSet scalar() {
        return Scalar.SET;
    }

    /**
     * On registers, whether or not that is faster here.
     *
     * @throws IllegalStateException when this JVM runs without the vector module
     */
    public static KernelSet vector() {
        if (!hasVectorModule()) {
            throw new IllegalStateException(
                    "vector kernels need a JVM started with --add-modules %s".formatted(VECTOR_MODULE));
        }
        return Vector.SET;
    }

    /** The fastest set that runs here; chosen once, and logged with the reason. */
    public static KernelSet best() {
        return Best.SET;
    }

    private static boolean hasVectorModule() {
        return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
    }

    private static final class Scalar {
        static final KernelSet SET = new ScalarKernels();
    }

    /** Loaded only when asked for: with its module, a JVM is some 18 MB larger. */
    private static final class Vector {
        static final KernelSet SET = load();

        private static KernelSet load() {
            try {
                return Class.forName(VECTOR_KERNELS)
                        .asSubclass(KernelSet.class)
                        .getDeclaredConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException impossible) {
                throw new IllegalStateException("%s is not in this build".formatted(VECTOR_KERNELS), impossible);
            }
        }
    }

    private static final class Best {
        static final KernelSet SET = choose();

        private static KernelSet choose() {
            boolean vector = hasVectorModule();
            var handicap = vector ? Vector.SET.handicap() : Optional.of("no_module_" + VECTOR_MODULE);
            KernelSet set = handicap.isEmpty() ? Vector.SET : Scalar.SET;
            LOG.log(
                    System.Logger.Level.INFO,
                    "kernels.chosen set={0} reason={1}",
                    set.name(),
                    handicap.orElse("vector_module_present"));
            return set;
        }
    }
}
