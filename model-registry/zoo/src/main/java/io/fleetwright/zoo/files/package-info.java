/** The files of trained networks that come with the product, and their names. */
@NullMarked
package io.fleetwright.zoo.files;

import org.jspecify.annotations.NullMarked;
