package io.fleetwright.agent.store;

class MemoryBlockDeviceTest extends BlockDeviceContract {
    @Override
    BlockDevice open() {
        return new MemoryBlockDevice();
    }
}
