/** What the process that found the cluster, or brought it up, hands to the one that is inside of it. */
export interface Place {
  readonly registry: string;
  readonly builderImage: string;
  readonly kubectlBin: string;
  /** Folder with the CRDs of Kargo and Argo Rollouts. */
  readonly crds: string;
  /** A folder for checkouts, which whoever made it removes. */
  readonly scratch: string;
  /** Folder of sources, which the builder image has too. */
  readonly sources: string;
  /** Where a cluster without storage classes has the state; undefined where claims are filled by themselves. */
  readonly stateVolume: string | undefined;
  readonly kubeletFolder: string | undefined;
  /** Whether the cluster stays when the test has ended, without what the test made. */
  readonly stays: boolean;
  readonly only: string | undefined;
}
