/** A repository by its normalised name: `docker.io` + `library/debian`, `127.0.0.1:5000` + `team/app`. */
export interface Repository {
  /** Host with port where one was given; `docker.io` where none was. */
  readonly registry: string;
  readonly path: string;
}
