// Made from cluster.schema.json by test/cluster-settings/schema.test.ts; not edited by hand.

/**
 * cluster.yaml: how the factory lives in a Kubernetes cluster, for npm run synth. Every key is optional.
 */
export interface ClusterFile {
  /**
   * Namespace of everything that the factory runs, and Kargo's Project. Default: image-factory-kargo.
   */
  namespace?: string;
  /**
   * Registry of images that are enrolled without one, as the pods reach it. Default: registry of factory.yaml.
   */
  registry?: string;
  /**
   * Image of every pod, best with its digest. Default: builderImage of factory.yaml, else <registry>/image-factory-builder.
   */
  builderImage?: string;
  /**
   * ServiceAccount of Jobs, which may hold Leases and nothing else. Default: image-factory.
   */
  serviceAccount?: string;
  /**
   * Git repository that holds the state, cloned by each pod. Without it the state is a volume.
   */
  stateRepository?: {
    /**
     * https or ssh address without credentials.
     */
    url: string;
    /**
     * Branch that is read and pushed. Default: main.
     */
    branch?: string;
  };
  /**
   * Claim of the volume that holds the state where no repository does.
   */
  state?: {
    /**
     * Size of the claim. Default: 1Gi.
     */
    size?: string;
    /**
     * StorageClass of the claim. Default: the cluster's.
     */
    storageClass?: string;
    /**
     * ReadWriteMany where pods run on several nodes. Default: ReadWriteOnce.
     */
    accessMode?: "ReadWriteOnce" | "ReadWriteMany";
  };
  /**
   * Names of the Secrets that pods use; none of them is written here.
   */
  secrets?: {
    /**
     * Secrets of type kubernetes.io/dockerconfigjson for pulling and pushing; one that is absent is passed over. Default: ghcr-credentials and harbor-credentials.
     */
    registry?: string[];
    /**
     * Secret whose key password is GITHUB_TOKEN in the pods. Default: github-credentials.
     */
    git?: string;
    /**
     * Secret whose keys are variables of the pods that build: those that images.yaml names for secrets and credentials, and GITLAB_TOKEN. Default: image-factory-variables.
     */
    variables?: string;
    /**
     * Secret whose keys are files below /run/image-factory/files, for what images.yaml names by path. Default: image-factory-files.
     */
    files?: string;
  };
  /**
   * ConfigMap whose key ca.crt has the authorities that pods trust beside the public ones: those of registries, git servers and databases of your own. Default: none.
   */
  certificates?: string;
  /**
   * Disks of the pods beside the state.
   */
  storage?: {
    /**
     * Where a pod keeps layers while it runs; each has its own. Default: 20Gi of the node's disk.
     */
    graphRoot?: {
      /**
       * Most that it may hold. Default: 20Gi.
       */
      size?: string;
      /**
       * StorageClass of a volume that comes and goes with the pod. Default: none, an emptyDir.
       */
      storageClass?: string;
    };
    /**
     * Claim that keeps the toolbox's layers, databases and packages over restarts. Default: none.
     */
    cache?: {
      /**
       * Size of the claim.
       */
      size: string;
      /**
       * StorageClass of the claim. Default: the cluster's.
       */
      storageClass?: string;
    };
  };
  /**
   * How pods get the rights that building needs; dist/probe tries each of them. Default: userns.
   */
  podProfile?: "userns" | "userns-sysadmin" | "rootless";
  /**
   * Seccomp profile of the pods. Default: RuntimeDefault with userns-sysadmin, else Localhost, the factory's own.
   */
  seccomp?: "Localhost" | "Unconfined" | "RuntimeDefault";
  /**
   * Who puts the Localhost profile on the nodes: a DaemonSet in a namespace of its own, or you. Default: daemonSet.
   */
  seccompPlacement?: "daemonSet" | "byHand";
  /**
   * Where kubelet keeps its files on the nodes. Default: /var/lib/kubelet.
   */
  kubeletFolder?: string;
  /**
   * Unconfined where nodes have AppArmor, whose default profile forbids every mount. Default: the node's.
   */
  appArmor?: "Unconfined";
  /**
   * Labels of the nodes that a platform has of its own: it is then built there by a Job of its own. A cluster of several architectures needs those of each.
   */
  nodeSelectors?: {
    /**
     * Labels of the nodes that build linux/amd64.
     */
    "linux/amd64"?: {
      [k: string]: string;
    };
    /**
     * Labels of the nodes that build linux/arm64.
     */
    "linux/arm64"?: {
      [k: string]: string;
    };
  };
  /**
   * What a pod that builds asks for, and the most memory that it gets.
   */
  resources?: {
    /**
     * CPU that is reserved. Default: 1.
     */
    cpu?: string;
    /**
     * Memory that is reserved. Default: 2Gi.
     */
    memory?: string;
    /**
     * Memory beyond which the pod is killed. Default: 4Gi.
     */
    memoryLimit?: string;
  };
  /**
   * The most that pods of the namespace take together: what one base sets off all at once waits its turn.
   */
  quota?: {
    /**
     * Pods that are not finished. Default: 20.
     */
    pods?: number;
    /**
     * CPU that they reserve. Default: no bound.
     */
    cpu?: string;
    /**
     * Memory that they reserve. Default: no bound.
     */
    memory?: string;
  };
  /**
   * Kueue LocalQueue that admits the Jobs. Default: none.
   */
  kueueQueue?: string;
  /**
   * Proxies of the pods.
   */
  proxies?: {
    /**
     * HTTP_PROXY of the pods.
     */
    http?: string;
    /**
     * HTTPS_PROXY of the pods.
     */
    https?: string;
    /**
     * Hosts, domains and networks that are reached without a proxy; the cluster's own always are.
     */
    except?: string[];
  };
  /**
   * What pods reach beside DNS, their registries and their sources.
   */
  network?: {
    /**
     * TCP ports that RUN steps use. Default: 80 and 443.
     */
    ports?: number[];
    /**
     * Networks that pods may reach at all. Default: every address but those of the node itself (link-local).
     *
     * @minItems 1
     */
    addresses?: [string, ...string[]];
    /**
     * TCP ports on which pods reach the cluster's API for Leases. Default: 443 and 6443.
     */
    apiPorts?: number[];
  };
  /**
   * Time zone of the schedules below. Default: Etc/UTC.
   */
  timeZone?: string;
  /**
   * When the factory works by itself; what is at minute 0 begins at a minute of that hour that follows from the namespace.
   */
  schedules?: {
    /**
     * Rebuilds what is stale. Default: every hour, 0 * * * *.
     */
    rebuild?: string;
    /**
     * Compares what is published with today's advisories. Default: 0 2 * * *.
     */
    scan?: string;
    /**
     * Removes what nothing needs any more. Default: 0 4 * * 6.
     */
    gc?: string;
    /**
     * Compares state, registry and receipts. Default: 0 4 * * 0.
     */
    fsck?: string;
  };
  /**
   * How often a Job tries again what another try can cure. Default: 2.
   */
  retries?: number;
  /**
   * How long a finished Job and its logs stay, at least an hour, for Kargo reads them. Default: 1d.
   */
  keepFinished?: string;
  /**
   * Annotations of every pod, for scrapers, log collectors and meshes.
   */
  podAnnotations?: {
    [k: string]: string;
  };
  /**
   * Whether Kargo drives the builds.
   */
  kargo?: {
    /**
     * Writes dist/30-kargo, and lets builds publish their own unique tag alone, for -stable Stages to move the others. Default: true.
     */
    enabled?: boolean;
    /**
     * How often Kargo looks at sources and at what was published, from a minute to a week. Default: 5m.
     */
    interval?: string;
    /**
     * How often Kargo looks at images of others, whose registries may count that. Default: 1h.
     */
    baseInterval?: string;
    /**
     * By kind of sender, the Secret that Kargo checks its calls with, so that it looks at once. Default: none, it looks at its intervals.
     */
    webhooks?: {
      /**
       * Secret for calls of Artifactory.
       */
      artifactory?: string;
      /**
       * Secret for calls of Azure.
       */
      azure?: string;
      /**
       * Secret for calls of Bitbucket.
       */
      bitbucket?: string;
      /**
       * Secret for calls of Docker Hub.
       */
      dockerhub?: string;
      /**
       * Secret for calls of any other sender, whose body has the address as repository.
       */
      generic?: string;
      /**
       * Secret for calls of Gitea.
       */
      gitea?: string;
      /**
       * Secret for calls of GitHub.
       */
      github?: string;
      /**
       * Secret for calls of GitLab.
       */
      gitlab?: string;
      /**
       * Secret for calls of Harbor.
       */
      harbor?: string;
      /**
       * Secret for calls of Quay.
       */
      quay?: string;
    };
  };
}
