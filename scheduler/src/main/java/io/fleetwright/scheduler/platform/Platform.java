package io.fleetwright.scheduler.platform;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The devices of a problem, by position, and the links between them. */
public record Platform(List<Device> devices, Links links) {
    public static final int DEVICES_MAX = 100_000;

    public Platform {
        devices = List.copyOf(devices);
        if (devices.isEmpty() || devices.size() > DEVICES_MAX) {
            throw new IllegalArgumentException(
                    "device count (%d) must be 1 to %d".formatted(devices.size(), DEVICES_MAX));
        }
        if (links.deviceCount() != devices.size()) {
            throw new IllegalArgumentException(
                    "links cover %d devices, the platform has %d".formatted(links.deviceCount(), devices.size()));
        }
        Set<String> ids = new HashSet<>();
        for (Device device : devices) {
            if (!ids.add(device.id())) {
                throw new IllegalArgumentException("device id '%s' is given more than once".formatted(device.id()));
            }
        }
    }

    public int deviceCount() {
        return devices.size();
    }

    public Device device(int position) {
        return devices.get(position);
    }
}
