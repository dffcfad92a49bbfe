@NullMarked
package io.fleetwright.controller.repository;

import org.jspecify.annotations.NullMarked;
