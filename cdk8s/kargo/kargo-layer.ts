import type { FactoryProps } from "../factory-props.ts";
import type { Layer } from "../manifest.ts";
import { analysisTemplates } from "./analysis-templates.ts";
import { flowOf } from "./flow.ts";
import { kargoReadme } from "./kargo-readme.ts";
import { olderObjects } from "./older-objects.ts";
import { project } from "./project.ts";
import { assertOneImageEach } from "./repositories.ts";
import { stages } from "./stages.ts";
import { assertKargoFollows } from "./tag-rules.ts";
import { warehouses } from "./warehouses.ts";

/**
 * What Kargo builds by: a base or a source that changes sets off a build, what is published of it a scan, and what
 * passes that is put under the tags that people pull.
 * @throws FactoryError "images-invalid" or "settings-invalid" for what Kargo cannot be told.
 */
export function kargoLayer(props: FactoryProps): Layer {
  assertOneImageEach(props.enrolled.images);
  assertKargoFollows(props.enrolled.watched);
  const flow = flowOf(props);
  return {
    folder: "30-kargo",
    readme: kargoReadme(props, flow),
    manifests: [
      ...project(props),
      ...warehouses(props, flow),
      ...stages(props, flow),
      ...analysisTemplates(props, flow),
    ],
    files: {
      "older-objects.txt": olderObjects(props)
        .map((object) => `${object}\n`)
        .join(""),
    },
  };
}
