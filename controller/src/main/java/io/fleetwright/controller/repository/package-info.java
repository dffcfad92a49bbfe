/** The model repository of the Open Inference Protocol: which versions are on some device, and a model taken off all of them. */
@NullMarked
package io.fleetwright.controller.repository;

import org.jspecify.annotations.NullMarked;
