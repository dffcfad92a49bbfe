/** Nodes, devices and slots: who is there, what runs where, and the signed desired list of each node. */
@NullMarked
package io.fleetwright.controller.node;

import org.jspecify.annotations.NullMarked;
