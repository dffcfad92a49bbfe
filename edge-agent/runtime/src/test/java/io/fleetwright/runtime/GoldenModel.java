package io.fleetwright.runtime;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.tflite.TfliteReader;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The trained int8 networks beside the project, with what is known about them.
 *
 * <p>Their README gives constant bytes, and MACs to three decimals of a million; the research notes give the live sets
 * of the first six, ours are computed. MobileNetV2's would be 2,451,840 with padded images in memory.
 */
enum GoldenModel {
    IC_RESNET8("ic_resnet8", "", 12_501_632, 78_752, 49_152),
    KWS_DSCNN("kws_dscnn", "", 2_656_768, 24_376, 16_000),
    VWW_MBV1("vww_mbv1", "", 7_489_664, 219_072, 55_296),
    AD_FC_AE("ad_fc_ae", "", 264_192, 270_880, 768),
    SWW_DS_TCN("sww_ds_tcn", "", 826_368, 49_420, 6_656),
    IC_RESNET8_LARGE("ic_resnet8_large", "", 76_473_920, 482_888, 122_880),
    PERSON_DETECT("person_detect", "extra/", 7_157_888, 218_928, 55_296),
    MICRO_SPEECH("micro_speech_quantized", "extra/", 336_000, 16_704, 5_960),
    MOBILENET_V2("mobilenet_v2_224", "extra/", 300_774_272, 3_542_592, 1_505_280);

    static final int VECTORS = 8;
    private static final String FOLDER = "models/mlperf-tiny/";

    final String fileName;
    final long macs;
    final long constantBytes;
    final long liveSetBytes;
    private final String subfolder;

    GoldenModel(String fileName, String subfolder, long macs, long constantBytes, long liveSetBytes) {
        this.fileName = fileName;
        this.subfolder = subfolder;
        this.macs = macs;
        this.constantBytes = constantBytes;
        this.liveSetBytes = liveSetBytes;
    }

    byte[] bytes() throws IOException {
        return read(subfolder + fileName + ".tflite");
    }

    Graph graph() throws IOException, ModelException {
        return TfliteReader.read(bytes(), fileName);
    }

    byte[] inputs() throws IOException {
        return read("golden/%s.in.bin".formatted(fileName));
    }

    byte[] outputs(Rounding rounding) throws IOException {
        String suffix = switch (rounding) {
            case DOUBLE -> "out";
            case SINGLE -> "out_single_rounding";
        };
        return read("golden/%s.%s.bin".formatted(fileName, suffix));
    }

    private static byte[] read(String relative) throws IOException {
        Path path = SharedData.require(FOLDER + relative);
        return Files.readAllBytes(path);
    }
}
