package io.fleetwright.runtime.bench;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.BuiltinOpResolverWithoutDefaultDelegates;
import org.bytedeco.tensorflowlite.FlatBufferModel;
import org.bytedeco.tensorflowlite.Interpreter;
import org.bytedeco.tensorflowlite.InterpreterBuilder;
import org.bytedeco.tensorflowlite.TfLiteDelegate;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import org.bytedeco.tensorflowlite.global.tensorflowlite;

/**
 * TensorFlow Lite with its XNNPACK delegate. The timed run is the invocation alone: input and output stay in the
 * library's own tensors, which favours it over ours by two copies.
 *
 * <p>The delegate is made explicitly, with the flag for signed 8-bit networks: without that flag it takes no operator
 * of them and says nothing. The Java binding lacks the functions that make it, so they are called by their C symbols.
 */
final class XnnpackEngine implements Engine {
    static final String NAME = "xnnpack";

    /** Builtin code of a node that stands for everything a delegate took over. */
    private static final int DELEGATE = 51;

    private final BytePointer file;
    private final FlatBufferModel model;
    private final BuiltinOpResolverWithoutDefaultDelegates resolver;
    private final Interpreter interpreter;
    private final MemorySegment delegate;
    private final TfLiteTensor input;
    private final TfLiteTensor output;
    private final String remark;

    /** @throws EngineRefusedException when TensorFlow Lite refuses the model, or the delegate takes nothing of it */
    XnnpackEngine(byte[] bytes, int threads) throws EngineRefusedException {
        // The library reads the file's bytes where they are for as long as the interpreter lives.
        this.file = new BytePointer(bytes.length).put(bytes);
        this.model = FlatBufferModel.BuildFromBuffer(file, bytes.length);
        if (model == null || model.isNull()) {
            throw new EngineRefusedException("TensorFlow Lite does not read the file");
        }
        this.resolver = new BuiltinOpResolverWithoutDefaultDelegates();
        this.interpreter = new Interpreter((Pointer) null);
        require("makes no interpreter of the file", new InterpreterBuilder(model, resolver).apply(interpreter));
        require("refuses %d threads".formatted(threads), interpreter.SetNumThreads(threads));
        long nodes = interpreter.execution_plan().limit();
        this.delegate = Delegates.create(threads);
        var handle = new TfLiteDelegate(new Address(delegate.address()));
        require("refuses the XNNPACK delegate", interpreter.ModifyGraphWithDelegate(handle));
        require("allocates no tensors", interpreter.AllocateTensors());
        this.remark = delegation(nodes);
        this.input = interpreter.tensor(only("input", interpreter.inputs()));
        this.output = interpreter.tensor(only("output", interpreter.outputs()));
    }

    private static void require(String complaint, int status) throws EngineRefusedException {
        if (status != tensorflowlite.kTfLiteOk) {
            throw new EngineRefusedException("TensorFlow Lite %s (status %d, its own words are on stderr)".formatted(complaint, status));
        }
    }

    private static int only(String what, IntPointer ids) throws EngineRefusedException {
        if (ids.limit() != 1) {
            throw new EngineRefusedException("the model has %d %ss, one is expected".formatted(ids.limit(), what));
        }
        return ids.get(0);
    }

    /** Reads the execution plan back: a delegate that took operators has replaced them by a node of its own. */
    private String delegation(long nodesBefore) throws EngineRefusedException {
        IntPointer plan = interpreter.execution_plan();
        int delegated = 0;
        var kept = new TreeMap<String, Integer>();
        for (long i = 0; i < plan.limit(); i++) {
            var registration = interpreter.node_and_registration(plan.get(i)).second();
            if (registration.builtin_code() == DELEGATE) {
                delegated++;
            } else {
                kept.merge(tensorflowlite.GetOpNameByRegistration(registration), 1, Integer::sum);
            }
        }
        if (delegated == 0) {
            throw new EngineRefusedException("the XNNPACK delegate took none of %d nodes".formatted(nodesBefore));
        }
        long taken = nodesBefore - (plan.limit() - delegated);
        return "XNNPACK took %d of %d nodes in %d parts, TensorFlow Lite kept %s"
                .formatted(taken, nodesBefore, delegated, kept.isEmpty() ? "none" : kept);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int inputBytes() {
        return Math.toIntExact(input.bytes());
    }

    @Override
    public void load(byte[] inputs, int offset) {
        input.data().int8().put(inputs, offset, inputBytes());
    }

    @Override
    public void run() {
        int status = interpreter.Invoke();
        if (status != tensorflowlite.kTfLiteOk) {
            throw new IllegalStateException("TensorFlow Lite failed to run with status %d".formatted(status));
        }
    }

    @Override
    public void store(byte[] outputs, int offset) {
        output.data().int8().get(outputs, offset, Math.toIntExact(output.bytes()));
    }

    @Override
    public String remark() {
        return remark;
    }

    @Override
    public void close() {
        interpreter.close();
        Delegates.delete(delegate);
        model.close();
        resolver.close();
        file.close();
    }

    /** A pointer to something made elsewhere, and freed there. */
    private static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }
    }

    /** The C functions of the delegate, in the library that the binding has loaded. */
    @SuppressWarnings("restricted")
    private static final class Delegates {
        private static final int FLAG_QS8 = 1;
        /** The options begin with an int of threads and an int of flags; 32 bytes in all, with room for newer fields. */
        private static final MemoryLayout OPTIONS = MemoryLayout.structLayout(
                ValueLayout.JAVA_INT.withName("threads"),
                ValueLayout.JAVA_INT.withName("flags"),
                MemoryLayout.sequenceLayout(31, ValueLayout.JAVA_LONG));

        private static final AddressLayout POINTER = ValueLayout.ADDRESS;
        private static final MethodHandle DEFAULT_OPTIONS = function("OptionsDefault", FunctionDescriptor.of(OPTIONS));
        private static final MethodHandle CREATE = function("Create", FunctionDescriptor.of(POINTER, POINTER));
        private static final MethodHandle FLAGS =
                function("GetFlags", FunctionDescriptor.of(ValueLayout.JAVA_INT, POINTER));
        private static final MethodHandle DELETE = function("Delete", FunctionDescriptor.ofVoid(POINTER));

        private static MethodHandle function(String name, FunctionDescriptor type) {
            Path library = Path.of(Loader.load(tensorflowlite.class));
            var symbols = SymbolLookup.libraryLookup(library, Arena.global());
            return Linker.nativeLinker().downcallHandle(symbols.findOrThrow("TfLiteXNNPackDelegate" + name), type);
        }

        static MemorySegment create(int threads) throws EngineRefusedException {
            try (var arena = Arena.ofConfined()) {
                var options = (MemorySegment) DEFAULT_OPTIONS.invokeExact((SegmentAllocator) arena);
                options.set(ValueLayout.JAVA_INT, 0, threads);
                options.set(ValueLayout.JAVA_INT, Integer.BYTES, options.get(ValueLayout.JAVA_INT, 4) | FLAG_QS8);
                var delegate = (MemorySegment) CREATE.invokeExact(options);
                if (delegate.equals(MemorySegment.NULL)) {
                    throw new EngineRefusedException("XNNPACK makes no delegate on this machine");
                }
                int flags = (int) FLAGS.invokeExact(delegate);
                if ((flags & FLAG_QS8) == 0) {
                    throw new EngineRefusedException("XNNPACK dropped the flag for signed 8-bit networks");
                }
                return delegate;
            } catch (EngineRefusedException | RuntimeException | Error failure) {
                throw failure;
            } catch (Throwable failure) {
                throw new IllegalStateException("a C function cannot throw", failure);
            }
        }

        static void delete(MemorySegment delegate) {
            try {
                DELETE.invokeExact(delegate);
            } catch (RuntimeException | Error failure) {
                throw failure;
            } catch (Throwable failure) {
                throw new IllegalStateException("a C function cannot throw", failure);
            }
        }
    }
}
