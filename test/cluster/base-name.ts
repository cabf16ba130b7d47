/** The image of others that the walk's images are built from, below the cluster's registry. */
export const basePath = "upstream/base";
export const baseTag = "1";
