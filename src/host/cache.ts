/** Where what is built once is kept between runs: guest image, saved guest states, boxes. */
export const CACHE_DIR = "/var/cache/cloudlet";
