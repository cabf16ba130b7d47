// Made from cluster.schema.json by test/cluster-settings/schema.test.ts; not edited by hand.
import { createRequire } from "node:module";
import { formats } from "./formats.ts";
const require = createRequire(import.meta.url);
const checks = Object.fromEntries(
  Object.entries(formats).map(([name, explain]) => [name, (text) => explain(text) === undefined]),
);

export const cluster = validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"Cluster file","description":"cluster.yaml: how the factory lives in a Kubernetes cluster, for npm run synth. Every key is optional.","type":"object","errorMessage":"expected a mapping of cluster settings","additionalProperties":false,"properties":{"namespace":{"description":"Namespace of everything that the factory runs, and Kargo's Project. Default: image-factory-kargo.","type":"string","errorMessage":"expected a name of lower-case letters, digits and - of at most 50 characters","pattern":"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$","examples":["image-factory-kargo"]},"registry":{"description":"Registry of images that are enrolled without one, as the pods reach it. Default: registry of factory.yaml.","type":"string","errorMessage":"expected host, host:port or host/prefix, without a scheme or credentials","pattern":"^[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._/-]*)?$","examples":["ghcr.io/acme"]},"builderImage":{"description":"Image of every pod, best with its digest. Default: builderImage of factory.yaml, else <registry>/image-factory-builder.","type":"string","errorMessage":"expected an image reference","pattern":"^[A-Za-z0-9][A-Za-z0-9._/-]*(:[0-9]+/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$","examples":["ghcr.io/acme/image-factory-builder:1.0.0"]},"serviceAccount":{"description":"ServiceAccount of Jobs, which may hold Leases and nothing else. Default: image-factory.","type":"string","errorMessage":"expected a name of lower-case letters, digits and -","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["image-factory"]},"stateRepository":{"description":"Git repository that holds the state, cloned by each pod. Without it the state is a volume.","type":"object","errorMessage":"expected a mapping with url","additionalProperties":false,"required":["url"],"properties":{"url":{"description":"https or ssh address without credentials.","type":"string","errorMessage":"expected a git address without credentials","format":"git-address","examples":["https://github.com/acme/image-factory-state.git"]},"branch":{"description":"Branch that is read and pushed. Default: main.","type":"string","errorMessage":"expected a branch","format":"git-ref","examples":["main"]}},"examples":[{"url":"https://github.com/acme/image-factory-state.git"}]},"state":{"description":"Claim of the volume that holds the state where no repository does.","type":"object","errorMessage":"expected a mapping with size, storageClass or accessMode","additionalProperties":false,"properties":{"size":{"description":"Size of the claim. Default: 1Gi.","type":"string","errorMessage":"expected a quantity such as 20Gi","pattern":"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$","examples":["1Gi"]},"storageClass":{"description":"StorageClass of the claim. Default: the cluster's.","type":"string","errorMessage":"expected the name of a StorageClass","pattern":"^[a-z0-9][a-z0-9.-]{0,252}$","examples":["nfs"]},"accessMode":{"description":"ReadWriteMany where pods run on several nodes. Default: ReadWriteOnce.","enum":["ReadWriteOnce","ReadWriteMany"],"errorMessage":"expected ReadWriteOnce or ReadWriteMany","examples":["ReadWriteMany"]}},"examples":[{"size":"1Gi","storageClass":"nfs","accessMode":"ReadWriteMany"}]},"secrets":{"description":"Names of the Secrets that pods use; none of them is written here.","type":"object","errorMessage":"expected a mapping with registry, git, variables or files","additionalProperties":false,"properties":{"registry":{"description":"Secrets of type kubernetes.io/dockerconfigjson for pulling and pushing; one that is absent is passed over. Default: ghcr-credentials and harbor-credentials.","type":"array","errorMessage":"expected a list of names of Secrets","uniqueItems":true,"items":{"type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?$"},"examples":[["ghcr-credentials","harbor-credentials"]]},"git":{"description":"Secret whose key password is GITHUB_TOKEN in the pods. Default: github-credentials.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["github-credentials"]},"variables":{"description":"Secret whose keys are variables of the pods that build: those that images.yaml names for secrets and credentials, and GITLAB_TOKEN. Default: image-factory-variables.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["image-factory-variables"]},"files":{"description":"Secret whose keys are files below /run/image-factory/files, for what images.yaml names by path. Default: image-factory-files.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["image-factory-files"]}},"examples":[{"registry":["ghcr-credentials"],"git":"github-credentials"}]},"certificates":{"description":"ConfigMap whose key ca.crt has the authorities that pods trust beside the public ones: those of registries, git servers and databases of your own. Default: none.","type":"string","errorMessage":"expected the name of a ConfigMap","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["team-certificates"]},"storage":{"description":"Disks of the pods beside the state.","type":"object","errorMessage":"expected a mapping with graphRoot or cache","additionalProperties":false,"properties":{"graphRoot":{"description":"Where a pod keeps layers while it runs; each has its own. Default: 20Gi of the node's disk.","type":"object","errorMessage":"expected a mapping with size or storageClass","additionalProperties":false,"properties":{"size":{"description":"Most that it may hold. Default: 20Gi.","type":"string","errorMessage":"expected a quantity such as 20Gi","pattern":"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$","examples":["50Gi"]},"storageClass":{"description":"StorageClass of a volume that comes and goes with the pod. Default: none, an emptyDir.","type":"string","errorMessage":"expected the name of a StorageClass","pattern":"^[a-z0-9][a-z0-9.-]{0,252}$","examples":["fast-local"]}},"examples":[{"size":"50Gi"}]},"cache":{"description":"Claim that keeps the toolbox's layers, databases and packages over restarts. Default: none.","type":"object","errorMessage":"expected a mapping with size","additionalProperties":false,"required":["size"],"properties":{"size":{"description":"Size of the claim.","type":"string","errorMessage":"expected a quantity such as 20Gi","pattern":"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$","examples":["50Gi"]},"storageClass":{"description":"StorageClass of the claim. Default: the cluster's.","type":"string","errorMessage":"expected the name of a StorageClass","pattern":"^[a-z0-9][a-z0-9.-]{0,252}$","examples":["standard"]}},"examples":[{"size":"50Gi","storageClass":"standard"}]}},"examples":[{"graphRoot":{"size":"50Gi"}}]},"podProfile":{"description":"How pods get the rights that building needs; dist/probe tries each of them. Default: userns.","enum":["userns","userns-sysadmin","rootless"],"errorMessage":"expected userns, userns-sysadmin or rootless","examples":["userns"]},"seccomp":{"description":"Seccomp profile of the pods. Default: RuntimeDefault with userns-sysadmin, else Localhost, the factory's own.","enum":["Localhost","Unconfined","RuntimeDefault"],"errorMessage":"expected Localhost, Unconfined or RuntimeDefault","examples":["Localhost"]},"seccompPlacement":{"description":"Who puts the Localhost profile on the nodes: a DaemonSet in a namespace of its own, or you. Default: daemonSet.","enum":["daemonSet","byHand"],"errorMessage":"expected daemonSet or byHand","examples":["byHand"]},"kubeletFolder":{"description":"Where kubelet keeps its files on the nodes. Default: /var/lib/kubelet.","type":"string","errorMessage":"expected an absolute path","pattern":"^/[A-Za-z0-9._/-]+$","examples":["/var/lib/k0s/kubelet"]},"appArmor":{"description":"Unconfined where nodes have AppArmor, whose default profile forbids every mount. Default: the node's.","enum":["Unconfined"],"errorMessage":"expected Unconfined","examples":["Unconfined"]},"nodeSelectors":{"description":"Labels of the nodes that a platform has of its own: it is then built there by a Job of its own. A cluster of several architectures needs those of each.","type":"object","errorMessage":"expected a mapping with linux/amd64 or linux/arm64","additionalProperties":false,"properties":{"linux/amd64":{"description":"Labels of the nodes that build linux/amd64.","type":"object","errorMessage":"expected a mapping of labels","minProperties":1,"additionalProperties":{"type":"string","errorMessage":"expected the text of a label"},"examples":[{"kubernetes.io/arch":"amd64"}]},"linux/arm64":{"description":"Labels of the nodes that build linux/arm64.","type":"object","errorMessage":"expected a mapping of labels","minProperties":1,"additionalProperties":{"type":"string","errorMessage":"expected the text of a label"},"examples":[{"kubernetes.io/arch":"arm64"}]}},"examples":[{"linux/arm64":{"kubernetes.io/arch":"arm64"}}]},"resources":{"description":"What a pod that builds asks for, and the most memory that it gets.","type":"object","errorMessage":"expected a mapping with cpu, memory or memoryLimit","additionalProperties":false,"properties":{"cpu":{"description":"CPU that is reserved. Default: 1.","type":"string","errorMessage":"expected a quantity such as 500m or \"2\"","pattern":"^[0-9]+(\\.[0-9]+)?m?$","examples":["500m"]},"memory":{"description":"Memory that is reserved. Default: 2Gi.","type":"string","errorMessage":"expected a quantity such as 20Gi","pattern":"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$","examples":["2Gi"]},"memoryLimit":{"description":"Memory beyond which the pod is killed. Default: 4Gi.","type":"string","errorMessage":"expected a quantity such as 20Gi","pattern":"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$","examples":["8Gi"]}},"examples":[{"cpu":"2","memory":"4Gi","memoryLimit":"8Gi"}]},"quota":{"description":"The most that pods of the namespace take together: what one base sets off all at once waits its turn.","type":"object","errorMessage":"expected a mapping with pods, cpu or memory","additionalProperties":false,"properties":{"pods":{"description":"Pods that are not finished. Default: 20.","type":"integer","errorMessage":"expected a whole number from 2 to 10000","minimum":2,"maximum":10000,"examples":[20]},"cpu":{"description":"CPU that they reserve. Default: no bound.","type":"string","errorMessage":"expected a quantity such as 500m or \"2\"","pattern":"^[0-9]+(\\.[0-9]+)?m?$","examples":["16"]},"memory":{"description":"Memory that they reserve. Default: no bound.","type":"string","errorMessage":"expected a quantity such as 20Gi","pattern":"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$","examples":["64Gi"]}},"examples":[{"pods":20,"cpu":"16"}]},"kueueQueue":{"description":"Kueue LocalQueue that admits the Jobs. Default: none.","type":"string","errorMessage":"expected the name of a LocalQueue","pattern":"^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$","examples":["image-builds"]},"proxies":{"description":"Proxies of the pods.","type":"object","errorMessage":"expected a mapping with http, https or except","additionalProperties":false,"properties":{"http":{"description":"HTTP_PROXY of the pods.","type":"string","errorMessage":"expected http://host:port without credentials","pattern":"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$","examples":["http://proxy.example.org:3128"]},"https":{"description":"HTTPS_PROXY of the pods.","type":"string","errorMessage":"expected http://host:port without credentials","pattern":"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$","examples":["http://proxy.example.org:3128"]},"except":{"description":"Hosts, domains and networks that are reached without a proxy; the cluster's own always are.","type":"array","errorMessage":"expected a list of hosts","items":{"type":"string","errorMessage":"expected a host, .domain or network","pattern":"^[A-Za-z0-9.*:/-]+$"},"examples":[["registry.internal",".example.org"]]}},"examples":[{"https":"http://proxy.example.org:3128","except":[".example.org"]}]},"network":{"description":"What pods reach beside DNS, their registries and their sources.","type":"object","errorMessage":"expected a mapping with ports or addresses","additionalProperties":false,"properties":{"ports":{"description":"TCP ports that RUN steps use. Default: 80 and 443.","type":"array","errorMessage":"expected a list of ports","uniqueItems":true,"items":{"type":"integer","errorMessage":"expected a port","minimum":1,"maximum":65535},"examples":[[80,443]]},"addresses":{"description":"Networks that pods may reach at all. Default: every address but those of the node itself (link-local).","type":"array","errorMessage":"expected a list of networks such as 10.0.0.0/8","minItems":1,"uniqueItems":true,"items":{"type":"string","errorMessage":"expected a network such as 10.0.0.0/8","pattern":"^[0-9a-fA-F.:]+/[0-9]{1,3}$"},"examples":[["10.0.0.0/8"]]},"apiPorts":{"description":"TCP ports on which pods reach the cluster's API for Leases. Default: 443 and 6443.","type":"array","errorMessage":"expected a list of ports","uniqueItems":true,"items":{"type":"integer","errorMessage":"expected a port","minimum":1,"maximum":65535},"examples":[[443,6443]]}},"examples":[{"ports":[443],"addresses":["10.0.0.0/8"]}]},"timeZone":{"description":"Time zone of the schedules below. Default: Etc/UTC.","type":"string","errorMessage":"expected a time zone such as Europe/Berlin","format":"time-zone","examples":["Europe/Berlin"]},"schedules":{"description":"When the factory works by itself; what is at minute 0 begins at a minute of that hour that follows from the namespace.","type":"object","errorMessage":"expected a mapping with rebuild, scan, gc or fsck","additionalProperties":false,"properties":{"rebuild":{"description":"Rebuilds what is stale. Default: every hour, 0 * * * *.","type":"string","errorMessage":"expected five cron fields such as 0 3 * * 1","format":"cron","examples":["0 * * * *"]},"scan":{"description":"Compares what is published with today's advisories. Default: 0 2 * * *.","type":"string","errorMessage":"expected five cron fields such as 0 3 * * 1","format":"cron","examples":["0 2 * * *"]},"gc":{"description":"Removes what nothing needs any more. Default: 0 4 * * 6.","type":"string","errorMessage":"expected five cron fields such as 0 3 * * 1","format":"cron","examples":["0 4 * * 6"]},"fsck":{"description":"Compares state, registry and receipts. Default: 0 4 * * 0.","type":"string","errorMessage":"expected five cron fields such as 0 3 * * 1","format":"cron","examples":["0 4 * * 0"]}},"examples":[{"rebuild":"*/30 * * * *"}]},"retries":{"description":"How often a Job tries again what another try can cure. Default: 2.","type":"integer","errorMessage":"expected a whole number from 0 to 10","minimum":0,"maximum":10,"examples":[2]},"keepFinished":{"description":"How long a finished Job and its logs stay, at least an hour, for Kargo reads them. Default: 1d.","type":"string","errorMessage":"expected a duration such as 1d","format":"keep","examples":["1d"]},"podAnnotations":{"description":"Annotations of every pod, for scrapers, log collectors and meshes.","type":"object","errorMessage":"expected a mapping of annotations","additionalProperties":{"type":"string","errorMessage":"expected a text"},"examples":[{"prometheus.io/scrape":"false"}]},"kargo":{"description":"Whether Kargo drives the builds.","type":"object","errorMessage":"expected a mapping with enabled, interval, baseInterval or webhooks","additionalProperties":false,"properties":{"enabled":{"description":"Writes dist/30-kargo, and lets builds publish their own unique tag alone, for -stable Stages to move the others. Default: true.","type":"boolean","errorMessage":"expected true or false","examples":[false]},"interval":{"description":"How often Kargo looks at sources and at what was published, from a minute to a week. Default: 5m.","type":"string","errorMessage":"expected a duration such as 5m","format":"interval","examples":["5m"]},"baseInterval":{"description":"How often Kargo looks at images of others, whose registries may count that. Default: 1h.","type":"string","errorMessage":"expected a duration such as 1h","format":"interval","examples":["1h"]},"webhooks":{"description":"By kind of sender, the Secret that Kargo checks its calls with, so that it looks at once. Default: none, it looks at its intervals.","type":"object","errorMessage":"expected a mapping of artifactory, azure, bitbucket, dockerhub, generic, gitea, github, gitlab, harbor or quay, each with the name of a Secret","additionalProperties":false,"properties":{"artifactory":{"description":"Secret for calls of Artifactory.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"azure":{"description":"Secret for calls of Azure.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"bitbucket":{"description":"Secret for calls of Bitbucket.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"dockerhub":{"description":"Secret for calls of Docker Hub.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"generic":{"description":"Secret for calls of any other sender, whose body has the address as repository.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"gitea":{"description":"Secret for calls of Gitea.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"github":{"description":"Secret for calls of GitHub.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"gitlab":{"description":"Secret for calls of GitLab.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"harbor":{"description":"Secret for calls of Harbor.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]},"quay":{"description":"Secret for calls of Quay.","type":"string","errorMessage":"expected the name of a Secret","pattern":"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$","examples":["kargo-webhook"]}},"examples":[{"github":"kargo-webhook"}]}},"examples":[{"enabled":true,"interval":"5m","webhooks":{"github":"kargo-webhook"}}]}}};
const func2 = Object.prototype.hasOwnProperty;
const pattern0 = new RegExp("^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$", "u");
const pattern1 = new RegExp("^[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._/-]*)?$", "u");
const pattern2 = new RegExp("^[A-Za-z0-9][A-Za-z0-9._/-]*(:[0-9]+/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$", "u");
const pattern3 = new RegExp("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", "u");
const pattern4 = new RegExp("^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$", "u");
const pattern5 = new RegExp("^[a-z0-9][a-z0-9.-]{0,252}$", "u");
const pattern6 = new RegExp("^[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?$", "u");
const pattern15 = new RegExp("^/[A-Za-z0-9._/-]+$", "u");
const pattern16 = new RegExp("^[0-9]+(\\.[0-9]+)?m?$", "u");
const pattern21 = new RegExp("^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$", "u");
const pattern22 = new RegExp("^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$", "u");
const pattern24 = new RegExp("^[A-Za-z0-9.*:/-]+$", "u");
const pattern25 = new RegExp("^[0-9a-fA-F.:]+/[0-9]{1,3}$", "u");
const formats0 = checks["git-address"];
const formats2 = checks["git-ref"];
const formats4 = checks["time-zone"];
const formats6 = checks.cron;
const formats14 = checks.keep;
const formats16 = checks.interval;

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(func2.call(schema11.properties, key0))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.namespace !== undefined){
let data0 = data.namespace;
if(typeof data0 === "string"){
if(!pattern0.test(data0)){
const err1 = {instancePath:instancePath+"/namespace",schemaPath:"#/properties/namespace/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$",parentSchema:schema11.properties.namespace,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath:instancePath+"/namespace",schemaPath:"#/properties/namespace/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.namespace.type,parentSchema:schema11.properties.namespace,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.registry !== undefined){
let data1 = data.registry;
if(typeof data1 === "string"){
if(!pattern1.test(data1)){
const err3 = {instancePath:instancePath+"/registry",schemaPath:"#/properties/registry/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._/-]*)?$"},message:"must match pattern \""+"^[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._/-]*)?$"+"\"",schema:"^[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._/-]*)?$",parentSchema:schema11.properties.registry,data:data1};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/registry",schemaPath:"#/properties/registry/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.registry.type,parentSchema:schema11.properties.registry,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.builderImage !== undefined){
let data2 = data.builderImage;
if(typeof data2 === "string"){
if(!pattern2.test(data2)){
const err5 = {instancePath:instancePath+"/builderImage",schemaPath:"#/properties/builderImage/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9._/-]*(:[0-9]+/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9._/-]*(:[0-9]+/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9._/-]*(:[0-9]+/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$",parentSchema:schema11.properties.builderImage,data:data2};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/builderImage",schemaPath:"#/properties/builderImage/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.builderImage.type,parentSchema:schema11.properties.builderImage,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.serviceAccount !== undefined){
let data3 = data.serviceAccount;
if(typeof data3 === "string"){
if(!pattern3.test(data3)){
const err7 = {instancePath:instancePath+"/serviceAccount",schemaPath:"#/properties/serviceAccount/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.serviceAccount,data:data3};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/serviceAccount",schemaPath:"#/properties/serviceAccount/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.serviceAccount.type,parentSchema:schema11.properties.serviceAccount,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.stateRepository !== undefined){
let data4 = data.stateRepository;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.url === undefined){
const err9 = {instancePath:instancePath+"/stateRepository",schemaPath:"#/properties/stateRepository/required",keyword:"required",params:{missingProperty: "url"},message:"must have required property '"+"url"+"'",schema:schema11.properties.stateRepository.required,parentSchema:schema11.properties.stateRepository,data:data4};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
for(const key1 in data4){
if(!((key1 === "url") || (key1 === "branch"))){
const err10 = {instancePath:instancePath+"/stateRepository",schemaPath:"#/properties/stateRepository/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.stateRepository,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data4.url !== undefined){
let data5 = data4.url;
if(typeof data5 === "string"){
if(!(formats0(data5))){
const err11 = {instancePath:instancePath+"/stateRepository/url",schemaPath:"#/properties/stateRepository/properties/url/format",keyword:"format",params:{format: "git-address"},message:"must match format \""+"git-address"+"\"",schema:"git-address",parentSchema:schema11.properties.stateRepository.properties.url,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/stateRepository/url",schemaPath:"#/properties/stateRepository/properties/url/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.stateRepository.properties.url.type,parentSchema:schema11.properties.stateRepository.properties.url,data:data5};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data4.branch !== undefined){
let data6 = data4.branch;
if(typeof data6 === "string"){
if(!(formats2(data6))){
const err13 = {instancePath:instancePath+"/stateRepository/branch",schemaPath:"#/properties/stateRepository/properties/branch/format",keyword:"format",params:{format: "git-ref"},message:"must match format \""+"git-ref"+"\"",schema:"git-ref",parentSchema:schema11.properties.stateRepository.properties.branch,data:data6};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
else {
const err14 = {instancePath:instancePath+"/stateRepository/branch",schemaPath:"#/properties/stateRepository/properties/branch/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.stateRepository.properties.branch.type,parentSchema:schema11.properties.stateRepository.properties.branch,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
else {
const err15 = {instancePath:instancePath+"/stateRepository",schemaPath:"#/properties/stateRepository/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.stateRepository.type,parentSchema:schema11.properties.stateRepository,data:data4};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.state !== undefined){
let data7 = data.state;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key2 in data7){
if(!(((key2 === "size") || (key2 === "storageClass")) || (key2 === "accessMode"))){
const err16 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.state,data:data7};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data7.size !== undefined){
let data8 = data7.size;
if(typeof data8 === "string"){
if(!pattern4.test(data8)){
const err17 = {instancePath:instancePath+"/state/size",schemaPath:"#/properties/state/properties/size/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$",parentSchema:schema11.properties.state.properties.size,data:data8};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
else {
const err18 = {instancePath:instancePath+"/state/size",schemaPath:"#/properties/state/properties/size/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.state.properties.size.type,parentSchema:schema11.properties.state.properties.size,data:data8};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data7.storageClass !== undefined){
let data9 = data7.storageClass;
if(typeof data9 === "string"){
if(!pattern5.test(data9)){
const err19 = {instancePath:instancePath+"/state/storageClass",schemaPath:"#/properties/state/properties/storageClass/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9][a-z0-9.-]{0,252}$"},message:"must match pattern \""+"^[a-z0-9][a-z0-9.-]{0,252}$"+"\"",schema:"^[a-z0-9][a-z0-9.-]{0,252}$",parentSchema:schema11.properties.state.properties.storageClass,data:data9};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
else {
const err20 = {instancePath:instancePath+"/state/storageClass",schemaPath:"#/properties/state/properties/storageClass/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.state.properties.storageClass.type,parentSchema:schema11.properties.state.properties.storageClass,data:data9};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data7.accessMode !== undefined){
let data10 = data7.accessMode;
if(!((data10 === "ReadWriteOnce") || (data10 === "ReadWriteMany"))){
const err21 = {instancePath:instancePath+"/state/accessMode",schemaPath:"#/properties/state/properties/accessMode/enum",keyword:"enum",params:{allowedValues: schema11.properties.state.properties.accessMode.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.state.properties.accessMode.enum,parentSchema:schema11.properties.state.properties.accessMode,data:data10};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
}
else {
const err22 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.state.type,parentSchema:schema11.properties.state,data:data7};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
if(data.secrets !== undefined){
let data11 = data.secrets;
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
for(const key3 in data11){
if(!((((key3 === "registry") || (key3 === "git")) || (key3 === "variables")) || (key3 === "files"))){
const err23 = {instancePath:instancePath+"/secrets",schemaPath:"#/properties/secrets/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.secrets,data:data11};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data11.registry !== undefined){
let data12 = data11.registry;
if(Array.isArray(data12)){
const len0 = data12.length;
for(let i0=0; i0<len0; i0++){
let data13 = data12[i0];
if(typeof data13 === "string"){
if(!pattern6.test(data13)){
const err24 = {instancePath:instancePath+"/secrets/registry/" + i0,schemaPath:"#/properties/secrets/properties/registry/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?$",parentSchema:schema11.properties.secrets.properties.registry.items,data:data13};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
else {
const err25 = {instancePath:instancePath+"/secrets/registry/" + i0,schemaPath:"#/properties/secrets/properties/registry/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.secrets.properties.registry.items.type,parentSchema:schema11.properties.secrets.properties.registry.items,data:data13};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
let i1 = data12.length;
let j0;
if(i1 > 1){
const indices0 = {};
for(;i1--;){
let item0 = data12[i1];
if(typeof item0 !== "string"){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err26 = {instancePath:instancePath+"/secrets/registry",schemaPath:"#/properties/secrets/properties/registry/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema11.properties.secrets.properties.registry,data:data12};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
break;
}
indices0[item0] = i1;
}
}
}
else {
const err27 = {instancePath:instancePath+"/secrets/registry",schemaPath:"#/properties/secrets/properties/registry/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.secrets.properties.registry.type,parentSchema:schema11.properties.secrets.properties.registry,data:data12};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data11.git !== undefined){
let data14 = data11.git;
if(typeof data14 === "string"){
if(!pattern3.test(data14)){
const err28 = {instancePath:instancePath+"/secrets/git",schemaPath:"#/properties/secrets/properties/git/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.secrets.properties.git,data:data14};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
else {
const err29 = {instancePath:instancePath+"/secrets/git",schemaPath:"#/properties/secrets/properties/git/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.secrets.properties.git.type,parentSchema:schema11.properties.secrets.properties.git,data:data14};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data11.variables !== undefined){
let data15 = data11.variables;
if(typeof data15 === "string"){
if(!pattern3.test(data15)){
const err30 = {instancePath:instancePath+"/secrets/variables",schemaPath:"#/properties/secrets/properties/variables/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.secrets.properties.variables,data:data15};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
else {
const err31 = {instancePath:instancePath+"/secrets/variables",schemaPath:"#/properties/secrets/properties/variables/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.secrets.properties.variables.type,parentSchema:schema11.properties.secrets.properties.variables,data:data15};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
if(data11.files !== undefined){
let data16 = data11.files;
if(typeof data16 === "string"){
if(!pattern3.test(data16)){
const err32 = {instancePath:instancePath+"/secrets/files",schemaPath:"#/properties/secrets/properties/files/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.secrets.properties.files,data:data16};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
else {
const err33 = {instancePath:instancePath+"/secrets/files",schemaPath:"#/properties/secrets/properties/files/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.secrets.properties.files.type,parentSchema:schema11.properties.secrets.properties.files,data:data16};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
}
else {
const err34 = {instancePath:instancePath+"/secrets",schemaPath:"#/properties/secrets/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.secrets.type,parentSchema:schema11.properties.secrets,data:data11};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
if(data.certificates !== undefined){
let data17 = data.certificates;
if(typeof data17 === "string"){
if(!pattern3.test(data17)){
const err35 = {instancePath:instancePath+"/certificates",schemaPath:"#/properties/certificates/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.certificates,data:data17};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
else {
const err36 = {instancePath:instancePath+"/certificates",schemaPath:"#/properties/certificates/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.certificates.type,parentSchema:schema11.properties.certificates,data:data17};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
if(data.storage !== undefined){
let data18 = data.storage;
if(data18 && typeof data18 == "object" && !Array.isArray(data18)){
for(const key4 in data18){
if(!((key4 === "graphRoot") || (key4 === "cache"))){
const err37 = {instancePath:instancePath+"/storage",schemaPath:"#/properties/storage/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.storage,data:data18};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
if(data18.graphRoot !== undefined){
let data19 = data18.graphRoot;
if(data19 && typeof data19 == "object" && !Array.isArray(data19)){
for(const key5 in data19){
if(!((key5 === "size") || (key5 === "storageClass"))){
const err38 = {instancePath:instancePath+"/storage/graphRoot",schemaPath:"#/properties/storage/properties/graphRoot/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key5},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.storage.properties.graphRoot,data:data19};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
if(data19.size !== undefined){
let data20 = data19.size;
if(typeof data20 === "string"){
if(!pattern4.test(data20)){
const err39 = {instancePath:instancePath+"/storage/graphRoot/size",schemaPath:"#/properties/storage/properties/graphRoot/properties/size/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$",parentSchema:schema11.properties.storage.properties.graphRoot.properties.size,data:data20};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
else {
const err40 = {instancePath:instancePath+"/storage/graphRoot/size",schemaPath:"#/properties/storage/properties/graphRoot/properties/size/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.storage.properties.graphRoot.properties.size.type,parentSchema:schema11.properties.storage.properties.graphRoot.properties.size,data:data20};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
if(data19.storageClass !== undefined){
let data21 = data19.storageClass;
if(typeof data21 === "string"){
if(!pattern5.test(data21)){
const err41 = {instancePath:instancePath+"/storage/graphRoot/storageClass",schemaPath:"#/properties/storage/properties/graphRoot/properties/storageClass/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9][a-z0-9.-]{0,252}$"},message:"must match pattern \""+"^[a-z0-9][a-z0-9.-]{0,252}$"+"\"",schema:"^[a-z0-9][a-z0-9.-]{0,252}$",parentSchema:schema11.properties.storage.properties.graphRoot.properties.storageClass,data:data21};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
else {
const err42 = {instancePath:instancePath+"/storage/graphRoot/storageClass",schemaPath:"#/properties/storage/properties/graphRoot/properties/storageClass/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.storage.properties.graphRoot.properties.storageClass.type,parentSchema:schema11.properties.storage.properties.graphRoot.properties.storageClass,data:data21};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
}
else {
const err43 = {instancePath:instancePath+"/storage/graphRoot",schemaPath:"#/properties/storage/properties/graphRoot/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.storage.properties.graphRoot.type,parentSchema:schema11.properties.storage.properties.graphRoot,data:data19};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data18.cache !== undefined){
let data22 = data18.cache;
if(data22 && typeof data22 == "object" && !Array.isArray(data22)){
if(data22.size === undefined){
const err44 = {instancePath:instancePath+"/storage/cache",schemaPath:"#/properties/storage/properties/cache/required",keyword:"required",params:{missingProperty: "size"},message:"must have required property '"+"size"+"'",schema:schema11.properties.storage.properties.cache.required,parentSchema:schema11.properties.storage.properties.cache,data:data22};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
for(const key6 in data22){
if(!((key6 === "size") || (key6 === "storageClass"))){
const err45 = {instancePath:instancePath+"/storage/cache",schemaPath:"#/properties/storage/properties/cache/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.storage.properties.cache,data:data22};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
if(data22.size !== undefined){
let data23 = data22.size;
if(typeof data23 === "string"){
if(!pattern4.test(data23)){
const err46 = {instancePath:instancePath+"/storage/cache/size",schemaPath:"#/properties/storage/properties/cache/properties/size/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$",parentSchema:schema11.properties.storage.properties.cache.properties.size,data:data23};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
else {
const err47 = {instancePath:instancePath+"/storage/cache/size",schemaPath:"#/properties/storage/properties/cache/properties/size/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.storage.properties.cache.properties.size.type,parentSchema:schema11.properties.storage.properties.cache.properties.size,data:data23};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
if(data22.storageClass !== undefined){
let data24 = data22.storageClass;
if(typeof data24 === "string"){
if(!pattern5.test(data24)){
const err48 = {instancePath:instancePath+"/storage/cache/storageClass",schemaPath:"#/properties/storage/properties/cache/properties/storageClass/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9][a-z0-9.-]{0,252}$"},message:"must match pattern \""+"^[a-z0-9][a-z0-9.-]{0,252}$"+"\"",schema:"^[a-z0-9][a-z0-9.-]{0,252}$",parentSchema:schema11.properties.storage.properties.cache.properties.storageClass,data:data24};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
else {
const err49 = {instancePath:instancePath+"/storage/cache/storageClass",schemaPath:"#/properties/storage/properties/cache/properties/storageClass/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.storage.properties.cache.properties.storageClass.type,parentSchema:schema11.properties.storage.properties.cache.properties.storageClass,data:data24};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
}
else {
const err50 = {instancePath:instancePath+"/storage/cache",schemaPath:"#/properties/storage/properties/cache/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.storage.properties.cache.type,parentSchema:schema11.properties.storage.properties.cache,data:data22};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
}
else {
const err51 = {instancePath:instancePath+"/storage",schemaPath:"#/properties/storage/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.storage.type,parentSchema:schema11.properties.storage,data:data18};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
if(data.podProfile !== undefined){
let data25 = data.podProfile;
if(!(((data25 === "userns") || (data25 === "userns-sysadmin")) || (data25 === "rootless"))){
const err52 = {instancePath:instancePath+"/podProfile",schemaPath:"#/properties/podProfile/enum",keyword:"enum",params:{allowedValues: schema11.properties.podProfile.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.podProfile.enum,parentSchema:schema11.properties.podProfile,data:data25};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
if(data.seccomp !== undefined){
let data26 = data.seccomp;
if(!(((data26 === "Localhost") || (data26 === "Unconfined")) || (data26 === "RuntimeDefault"))){
const err53 = {instancePath:instancePath+"/seccomp",schemaPath:"#/properties/seccomp/enum",keyword:"enum",params:{allowedValues: schema11.properties.seccomp.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.seccomp.enum,parentSchema:schema11.properties.seccomp,data:data26};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
if(data.seccompPlacement !== undefined){
let data27 = data.seccompPlacement;
if(!((data27 === "daemonSet") || (data27 === "byHand"))){
const err54 = {instancePath:instancePath+"/seccompPlacement",schemaPath:"#/properties/seccompPlacement/enum",keyword:"enum",params:{allowedValues: schema11.properties.seccompPlacement.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.seccompPlacement.enum,parentSchema:schema11.properties.seccompPlacement,data:data27};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
if(data.kubeletFolder !== undefined){
let data28 = data.kubeletFolder;
if(typeof data28 === "string"){
if(!pattern15.test(data28)){
const err55 = {instancePath:instancePath+"/kubeletFolder",schemaPath:"#/properties/kubeletFolder/pattern",keyword:"pattern",params:{pattern: "^/[A-Za-z0-9._/-]+$"},message:"must match pattern \""+"^/[A-Za-z0-9._/-]+$"+"\"",schema:"^/[A-Za-z0-9._/-]+$",parentSchema:schema11.properties.kubeletFolder,data:data28};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
else {
const err56 = {instancePath:instancePath+"/kubeletFolder",schemaPath:"#/properties/kubeletFolder/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kubeletFolder.type,parentSchema:schema11.properties.kubeletFolder,data:data28};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
if(data.appArmor !== undefined){
let data29 = data.appArmor;
if(!(data29 === "Unconfined")){
const err57 = {instancePath:instancePath+"/appArmor",schemaPath:"#/properties/appArmor/enum",keyword:"enum",params:{allowedValues: schema11.properties.appArmor.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.appArmor.enum,parentSchema:schema11.properties.appArmor,data:data29};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
if(data.nodeSelectors !== undefined){
let data30 = data.nodeSelectors;
if(data30 && typeof data30 == "object" && !Array.isArray(data30)){
for(const key7 in data30){
if(!((key7 === "linux/amd64") || (key7 === "linux/arm64"))){
const err58 = {instancePath:instancePath+"/nodeSelectors",schemaPath:"#/properties/nodeSelectors/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.nodeSelectors,data:data30};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
}
if(data30["linux/amd64"] !== undefined){
let data31 = data30["linux/amd64"];
if(data31 && typeof data31 == "object" && !Array.isArray(data31)){
if(Object.keys(data31).length < 1){
const err59 = {instancePath:instancePath+"/nodeSelectors/linux~1amd64",schemaPath:"#/properties/nodeSelectors/properties/linux~1amd64/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.nodeSelectors.properties["linux/amd64"],data:data31};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
for(const key8 in data31){
let data32 = data31[key8];
if(typeof data32 !== "string"){
const err60 = {instancePath:instancePath+"/nodeSelectors/linux~1amd64/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/nodeSelectors/properties/linux~1amd64/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.nodeSelectors.properties["linux/amd64"].additionalProperties.type,parentSchema:schema11.properties.nodeSelectors.properties["linux/amd64"].additionalProperties,data:data32};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
}
else {
const err61 = {instancePath:instancePath+"/nodeSelectors/linux~1amd64",schemaPath:"#/properties/nodeSelectors/properties/linux~1amd64/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.nodeSelectors.properties["linux/amd64"].type,parentSchema:schema11.properties.nodeSelectors.properties["linux/amd64"],data:data31};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
if(data30["linux/arm64"] !== undefined){
let data33 = data30["linux/arm64"];
if(data33 && typeof data33 == "object" && !Array.isArray(data33)){
if(Object.keys(data33).length < 1){
const err62 = {instancePath:instancePath+"/nodeSelectors/linux~1arm64",schemaPath:"#/properties/nodeSelectors/properties/linux~1arm64/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.nodeSelectors.properties["linux/arm64"],data:data33};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
for(const key9 in data33){
let data34 = data33[key9];
if(typeof data34 !== "string"){
const err63 = {instancePath:instancePath+"/nodeSelectors/linux~1arm64/" + key9.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/nodeSelectors/properties/linux~1arm64/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.nodeSelectors.properties["linux/arm64"].additionalProperties.type,parentSchema:schema11.properties.nodeSelectors.properties["linux/arm64"].additionalProperties,data:data34};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
}
}
else {
const err64 = {instancePath:instancePath+"/nodeSelectors/linux~1arm64",schemaPath:"#/properties/nodeSelectors/properties/linux~1arm64/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.nodeSelectors.properties["linux/arm64"].type,parentSchema:schema11.properties.nodeSelectors.properties["linux/arm64"],data:data33};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
}
else {
const err65 = {instancePath:instancePath+"/nodeSelectors",schemaPath:"#/properties/nodeSelectors/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.nodeSelectors.type,parentSchema:schema11.properties.nodeSelectors,data:data30};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
if(data.resources !== undefined){
let data35 = data.resources;
if(data35 && typeof data35 == "object" && !Array.isArray(data35)){
for(const key10 in data35){
if(!(((key10 === "cpu") || (key10 === "memory")) || (key10 === "memoryLimit"))){
const err66 = {instancePath:instancePath+"/resources",schemaPath:"#/properties/resources/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key10},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.resources,data:data35};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
if(data35.cpu !== undefined){
let data36 = data35.cpu;
if(typeof data36 === "string"){
if(!pattern16.test(data36)){
const err67 = {instancePath:instancePath+"/resources/cpu",schemaPath:"#/properties/resources/properties/cpu/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?m?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?m?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?m?$",parentSchema:schema11.properties.resources.properties.cpu,data:data36};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
else {
const err68 = {instancePath:instancePath+"/resources/cpu",schemaPath:"#/properties/resources/properties/cpu/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.resources.properties.cpu.type,parentSchema:schema11.properties.resources.properties.cpu,data:data36};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
}
if(data35.memory !== undefined){
let data37 = data35.memory;
if(typeof data37 === "string"){
if(!pattern4.test(data37)){
const err69 = {instancePath:instancePath+"/resources/memory",schemaPath:"#/properties/resources/properties/memory/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$",parentSchema:schema11.properties.resources.properties.memory,data:data37};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
}
else {
const err70 = {instancePath:instancePath+"/resources/memory",schemaPath:"#/properties/resources/properties/memory/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.resources.properties.memory.type,parentSchema:schema11.properties.resources.properties.memory,data:data37};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(data35.memoryLimit !== undefined){
let data38 = data35.memoryLimit;
if(typeof data38 === "string"){
if(!pattern4.test(data38)){
const err71 = {instancePath:instancePath+"/resources/memoryLimit",schemaPath:"#/properties/resources/properties/memoryLimit/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$",parentSchema:schema11.properties.resources.properties.memoryLimit,data:data38};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
}
else {
const err72 = {instancePath:instancePath+"/resources/memoryLimit",schemaPath:"#/properties/resources/properties/memoryLimit/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.resources.properties.memoryLimit.type,parentSchema:schema11.properties.resources.properties.memoryLimit,data:data38};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
}
else {
const err73 = {instancePath:instancePath+"/resources",schemaPath:"#/properties/resources/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.resources.type,parentSchema:schema11.properties.resources,data:data35};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
if(data.quota !== undefined){
let data39 = data.quota;
if(data39 && typeof data39 == "object" && !Array.isArray(data39)){
for(const key11 in data39){
if(!(((key11 === "pods") || (key11 === "cpu")) || (key11 === "memory"))){
const err74 = {instancePath:instancePath+"/quota",schemaPath:"#/properties/quota/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key11},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.quota,data:data39};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
}
if(data39.pods !== undefined){
let data40 = data39.pods;
if(!(((typeof data40 == "number") && (!(data40 % 1) && !isNaN(data40))) && (isFinite(data40)))){
const err75 = {instancePath:instancePath+"/quota/pods",schemaPath:"#/properties/quota/properties/pods/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.quota.properties.pods.type,parentSchema:schema11.properties.quota.properties.pods,data:data40};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
if((typeof data40 == "number") && (isFinite(data40))){
if(data40 > 10000 || isNaN(data40)){
const err76 = {instancePath:instancePath+"/quota/pods",schemaPath:"#/properties/quota/properties/pods/maximum",keyword:"maximum",params:{comparison: "<=", limit: 10000},message:"must be <= 10000",schema:10000,parentSchema:schema11.properties.quota.properties.pods,data:data40};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
if(data40 < 2 || isNaN(data40)){
const err77 = {instancePath:instancePath+"/quota/pods",schemaPath:"#/properties/quota/properties/pods/minimum",keyword:"minimum",params:{comparison: ">=", limit: 2},message:"must be >= 2",schema:2,parentSchema:schema11.properties.quota.properties.pods,data:data40};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
}
}
if(data39.cpu !== undefined){
let data41 = data39.cpu;
if(typeof data41 === "string"){
if(!pattern16.test(data41)){
const err78 = {instancePath:instancePath+"/quota/cpu",schemaPath:"#/properties/quota/properties/cpu/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?m?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?m?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?m?$",parentSchema:schema11.properties.quota.properties.cpu,data:data41};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
}
else {
const err79 = {instancePath:instancePath+"/quota/cpu",schemaPath:"#/properties/quota/properties/cpu/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.quota.properties.cpu.type,parentSchema:schema11.properties.quota.properties.cpu,data:data41};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
if(data39.memory !== undefined){
let data42 = data39.memory;
if(typeof data42 === "string"){
if(!pattern4.test(data42)){
const err80 = {instancePath:instancePath+"/quota/memory",schemaPath:"#/properties/quota/properties/memory/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$"+"\"",schema:"^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$",parentSchema:schema11.properties.quota.properties.memory,data:data42};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
}
else {
const err81 = {instancePath:instancePath+"/quota/memory",schemaPath:"#/properties/quota/properties/memory/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.quota.properties.memory.type,parentSchema:schema11.properties.quota.properties.memory,data:data42};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
}
}
else {
const err82 = {instancePath:instancePath+"/quota",schemaPath:"#/properties/quota/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.quota.type,parentSchema:schema11.properties.quota,data:data39};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
if(data.kueueQueue !== undefined){
let data43 = data.kueueQueue;
if(typeof data43 === "string"){
if(!pattern21.test(data43)){
const err83 = {instancePath:instancePath+"/kueueQueue",schemaPath:"#/properties/kueueQueue/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kueueQueue,data:data43};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
}
else {
const err84 = {instancePath:instancePath+"/kueueQueue",schemaPath:"#/properties/kueueQueue/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kueueQueue.type,parentSchema:schema11.properties.kueueQueue,data:data43};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
}
if(data.proxies !== undefined){
let data44 = data.proxies;
if(data44 && typeof data44 == "object" && !Array.isArray(data44)){
for(const key12 in data44){
if(!(((key12 === "http") || (key12 === "https")) || (key12 === "except"))){
const err85 = {instancePath:instancePath+"/proxies",schemaPath:"#/properties/proxies/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key12},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.proxies,data:data44};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
if(data44.http !== undefined){
let data45 = data44.http;
if(typeof data45 === "string"){
if(!pattern22.test(data45)){
const err86 = {instancePath:instancePath+"/proxies/http",schemaPath:"#/properties/proxies/properties/http/pattern",keyword:"pattern",params:{pattern: "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$"},message:"must match pattern \""+"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$"+"\"",schema:"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$",parentSchema:schema11.properties.proxies.properties.http,data:data45};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
}
else {
const err87 = {instancePath:instancePath+"/proxies/http",schemaPath:"#/properties/proxies/properties/http/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.proxies.properties.http.type,parentSchema:schema11.properties.proxies.properties.http,data:data45};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
}
if(data44.https !== undefined){
let data46 = data44.https;
if(typeof data46 === "string"){
if(!pattern22.test(data46)){
const err88 = {instancePath:instancePath+"/proxies/https",schemaPath:"#/properties/proxies/properties/https/pattern",keyword:"pattern",params:{pattern: "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$"},message:"must match pattern \""+"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$"+"\"",schema:"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$",parentSchema:schema11.properties.proxies.properties.https,data:data46};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
}
else {
const err89 = {instancePath:instancePath+"/proxies/https",schemaPath:"#/properties/proxies/properties/https/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.proxies.properties.https.type,parentSchema:schema11.properties.proxies.properties.https,data:data46};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
}
if(data44.except !== undefined){
let data47 = data44.except;
if(Array.isArray(data47)){
const len1 = data47.length;
for(let i2=0; i2<len1; i2++){
let data48 = data47[i2];
if(typeof data48 === "string"){
if(!pattern24.test(data48)){
const err90 = {instancePath:instancePath+"/proxies/except/" + i2,schemaPath:"#/properties/proxies/properties/except/items/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9.*:/-]+$"},message:"must match pattern \""+"^[A-Za-z0-9.*:/-]+$"+"\"",schema:"^[A-Za-z0-9.*:/-]+$",parentSchema:schema11.properties.proxies.properties.except.items,data:data48};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
}
else {
const err91 = {instancePath:instancePath+"/proxies/except/" + i2,schemaPath:"#/properties/proxies/properties/except/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.proxies.properties.except.items.type,parentSchema:schema11.properties.proxies.properties.except.items,data:data48};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
}
}
else {
const err92 = {instancePath:instancePath+"/proxies/except",schemaPath:"#/properties/proxies/properties/except/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.proxies.properties.except.type,parentSchema:schema11.properties.proxies.properties.except,data:data47};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
}
}
else {
const err93 = {instancePath:instancePath+"/proxies",schemaPath:"#/properties/proxies/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.proxies.type,parentSchema:schema11.properties.proxies,data:data44};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
}
if(data.network !== undefined){
let data49 = data.network;
if(data49 && typeof data49 == "object" && !Array.isArray(data49)){
for(const key13 in data49){
if(!(((key13 === "ports") || (key13 === "addresses")) || (key13 === "apiPorts"))){
const err94 = {instancePath:instancePath+"/network",schemaPath:"#/properties/network/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key13},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.network,data:data49};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
}
if(data49.ports !== undefined){
let data50 = data49.ports;
if(Array.isArray(data50)){
const len2 = data50.length;
for(let i3=0; i3<len2; i3++){
let data51 = data50[i3];
if(!(((typeof data51 == "number") && (!(data51 % 1) && !isNaN(data51))) && (isFinite(data51)))){
const err95 = {instancePath:instancePath+"/network/ports/" + i3,schemaPath:"#/properties/network/properties/ports/items/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.network.properties.ports.items.type,parentSchema:schema11.properties.network.properties.ports.items,data:data51};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
if((typeof data51 == "number") && (isFinite(data51))){
if(data51 > 65535 || isNaN(data51)){
const err96 = {instancePath:instancePath+"/network/ports/" + i3,schemaPath:"#/properties/network/properties/ports/items/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema11.properties.network.properties.ports.items,data:data51};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
if(data51 < 1 || isNaN(data51)){
const err97 = {instancePath:instancePath+"/network/ports/" + i3,schemaPath:"#/properties/network/properties/ports/items/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.network.properties.ports.items,data:data51};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
}
}
let i4 = data50.length;
let j1;
if(i4 > 1){
const indices1 = {};
for(;i4--;){
let item1 = data50[i4];
if(!(((typeof item1 == "number") && (!(item1 % 1) && !isNaN(item1))) && (isFinite(item1)))){
continue;
}
if(typeof indices1[item1] == "number"){
j1 = indices1[item1];
const err98 = {instancePath:instancePath+"/network/ports",schemaPath:"#/properties/network/properties/ports/uniqueItems",keyword:"uniqueItems",params:{i: i4, j: j1},message:"must NOT have duplicate items (items ## "+j1+" and "+i4+" are identical)",schema:true,parentSchema:schema11.properties.network.properties.ports,data:data50};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
break;
}
indices1[item1] = i4;
}
}
}
else {
const err99 = {instancePath:instancePath+"/network/ports",schemaPath:"#/properties/network/properties/ports/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.network.properties.ports.type,parentSchema:schema11.properties.network.properties.ports,data:data50};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
}
if(data49.addresses !== undefined){
let data52 = data49.addresses;
if(Array.isArray(data52)){
if(data52.length < 1){
const err100 = {instancePath:instancePath+"/network/addresses",schemaPath:"#/properties/network/properties/addresses/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.network.properties.addresses,data:data52};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
const len3 = data52.length;
for(let i5=0; i5<len3; i5++){
let data53 = data52[i5];
if(typeof data53 === "string"){
if(!pattern25.test(data53)){
const err101 = {instancePath:instancePath+"/network/addresses/" + i5,schemaPath:"#/properties/network/properties/addresses/items/pattern",keyword:"pattern",params:{pattern: "^[0-9a-fA-F.:]+/[0-9]{1,3}$"},message:"must match pattern \""+"^[0-9a-fA-F.:]+/[0-9]{1,3}$"+"\"",schema:"^[0-9a-fA-F.:]+/[0-9]{1,3}$",parentSchema:schema11.properties.network.properties.addresses.items,data:data53};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
}
else {
const err102 = {instancePath:instancePath+"/network/addresses/" + i5,schemaPath:"#/properties/network/properties/addresses/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.network.properties.addresses.items.type,parentSchema:schema11.properties.network.properties.addresses.items,data:data53};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
}
let i6 = data52.length;
let j2;
if(i6 > 1){
const indices2 = {};
for(;i6--;){
let item2 = data52[i6];
if(typeof item2 !== "string"){
continue;
}
if(typeof indices2[item2] == "number"){
j2 = indices2[item2];
const err103 = {instancePath:instancePath+"/network/addresses",schemaPath:"#/properties/network/properties/addresses/uniqueItems",keyword:"uniqueItems",params:{i: i6, j: j2},message:"must NOT have duplicate items (items ## "+j2+" and "+i6+" are identical)",schema:true,parentSchema:schema11.properties.network.properties.addresses,data:data52};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
break;
}
indices2[item2] = i6;
}
}
}
else {
const err104 = {instancePath:instancePath+"/network/addresses",schemaPath:"#/properties/network/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.network.properties.addresses.type,parentSchema:schema11.properties.network.properties.addresses,data:data52};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
}
if(data49.apiPorts !== undefined){
let data54 = data49.apiPorts;
if(Array.isArray(data54)){
const len4 = data54.length;
for(let i7=0; i7<len4; i7++){
let data55 = data54[i7];
if(!(((typeof data55 == "number") && (!(data55 % 1) && !isNaN(data55))) && (isFinite(data55)))){
const err105 = {instancePath:instancePath+"/network/apiPorts/" + i7,schemaPath:"#/properties/network/properties/apiPorts/items/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.network.properties.apiPorts.items.type,parentSchema:schema11.properties.network.properties.apiPorts.items,data:data55};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
if((typeof data55 == "number") && (isFinite(data55))){
if(data55 > 65535 || isNaN(data55)){
const err106 = {instancePath:instancePath+"/network/apiPorts/" + i7,schemaPath:"#/properties/network/properties/apiPorts/items/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema11.properties.network.properties.apiPorts.items,data:data55};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
if(data55 < 1 || isNaN(data55)){
const err107 = {instancePath:instancePath+"/network/apiPorts/" + i7,schemaPath:"#/properties/network/properties/apiPorts/items/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.network.properties.apiPorts.items,data:data55};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
}
}
let i8 = data54.length;
let j3;
if(i8 > 1){
const indices3 = {};
for(;i8--;){
let item3 = data54[i8];
if(!(((typeof item3 == "number") && (!(item3 % 1) && !isNaN(item3))) && (isFinite(item3)))){
continue;
}
if(typeof indices3[item3] == "number"){
j3 = indices3[item3];
const err108 = {instancePath:instancePath+"/network/apiPorts",schemaPath:"#/properties/network/properties/apiPorts/uniqueItems",keyword:"uniqueItems",params:{i: i8, j: j3},message:"must NOT have duplicate items (items ## "+j3+" and "+i8+" are identical)",schema:true,parentSchema:schema11.properties.network.properties.apiPorts,data:data54};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
break;
}
indices3[item3] = i8;
}
}
}
else {
const err109 = {instancePath:instancePath+"/network/apiPorts",schemaPath:"#/properties/network/properties/apiPorts/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.network.properties.apiPorts.type,parentSchema:schema11.properties.network.properties.apiPorts,data:data54};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
}
else {
const err110 = {instancePath:instancePath+"/network",schemaPath:"#/properties/network/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.network.type,parentSchema:schema11.properties.network,data:data49};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
}
if(data.timeZone !== undefined){
let data56 = data.timeZone;
if(typeof data56 === "string"){
if(!(formats4(data56))){
const err111 = {instancePath:instancePath+"/timeZone",schemaPath:"#/properties/timeZone/format",keyword:"format",params:{format: "time-zone"},message:"must match format \""+"time-zone"+"\"",schema:"time-zone",parentSchema:schema11.properties.timeZone,data:data56};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
else {
const err112 = {instancePath:instancePath+"/timeZone",schemaPath:"#/properties/timeZone/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.timeZone.type,parentSchema:schema11.properties.timeZone,data:data56};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
}
if(data.schedules !== undefined){
let data57 = data.schedules;
if(data57 && typeof data57 == "object" && !Array.isArray(data57)){
for(const key14 in data57){
if(!((((key14 === "rebuild") || (key14 === "scan")) || (key14 === "gc")) || (key14 === "fsck"))){
const err113 = {instancePath:instancePath+"/schedules",schemaPath:"#/properties/schedules/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key14},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.schedules,data:data57};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
}
if(data57.rebuild !== undefined){
let data58 = data57.rebuild;
if(typeof data58 === "string"){
if(!(formats6(data58))){
const err114 = {instancePath:instancePath+"/schedules/rebuild",schemaPath:"#/properties/schedules/properties/rebuild/format",keyword:"format",params:{format: "cron"},message:"must match format \""+"cron"+"\"",schema:"cron",parentSchema:schema11.properties.schedules.properties.rebuild,data:data58};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
}
else {
const err115 = {instancePath:instancePath+"/schedules/rebuild",schemaPath:"#/properties/schedules/properties/rebuild/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.schedules.properties.rebuild.type,parentSchema:schema11.properties.schedules.properties.rebuild,data:data58};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
}
if(data57.scan !== undefined){
let data59 = data57.scan;
if(typeof data59 === "string"){
if(!(formats6(data59))){
const err116 = {instancePath:instancePath+"/schedules/scan",schemaPath:"#/properties/schedules/properties/scan/format",keyword:"format",params:{format: "cron"},message:"must match format \""+"cron"+"\"",schema:"cron",parentSchema:schema11.properties.schedules.properties.scan,data:data59};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
}
else {
const err117 = {instancePath:instancePath+"/schedules/scan",schemaPath:"#/properties/schedules/properties/scan/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.schedules.properties.scan.type,parentSchema:schema11.properties.schedules.properties.scan,data:data59};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
}
if(data57.gc !== undefined){
let data60 = data57.gc;
if(typeof data60 === "string"){
if(!(formats6(data60))){
const err118 = {instancePath:instancePath+"/schedules/gc",schemaPath:"#/properties/schedules/properties/gc/format",keyword:"format",params:{format: "cron"},message:"must match format \""+"cron"+"\"",schema:"cron",parentSchema:schema11.properties.schedules.properties.gc,data:data60};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
}
else {
const err119 = {instancePath:instancePath+"/schedules/gc",schemaPath:"#/properties/schedules/properties/gc/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.schedules.properties.gc.type,parentSchema:schema11.properties.schedules.properties.gc,data:data60};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
}
if(data57.fsck !== undefined){
let data61 = data57.fsck;
if(typeof data61 === "string"){
if(!(formats6(data61))){
const err120 = {instancePath:instancePath+"/schedules/fsck",schemaPath:"#/properties/schedules/properties/fsck/format",keyword:"format",params:{format: "cron"},message:"must match format \""+"cron"+"\"",schema:"cron",parentSchema:schema11.properties.schedules.properties.fsck,data:data61};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
}
else {
const err121 = {instancePath:instancePath+"/schedules/fsck",schemaPath:"#/properties/schedules/properties/fsck/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.schedules.properties.fsck.type,parentSchema:schema11.properties.schedules.properties.fsck,data:data61};
if(vErrors === null){
vErrors = [err121];
}
else {
vErrors.push(err121);
}
errors++;
}
}
}
else {
const err122 = {instancePath:instancePath+"/schedules",schemaPath:"#/properties/schedules/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.schedules.type,parentSchema:schema11.properties.schedules,data:data57};
if(vErrors === null){
vErrors = [err122];
}
else {
vErrors.push(err122);
}
errors++;
}
}
if(data.retries !== undefined){
let data62 = data.retries;
if(!(((typeof data62 == "number") && (!(data62 % 1) && !isNaN(data62))) && (isFinite(data62)))){
const err123 = {instancePath:instancePath+"/retries",schemaPath:"#/properties/retries/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.retries.type,parentSchema:schema11.properties.retries,data:data62};
if(vErrors === null){
vErrors = [err123];
}
else {
vErrors.push(err123);
}
errors++;
}
if((typeof data62 == "number") && (isFinite(data62))){
if(data62 > 10 || isNaN(data62)){
const err124 = {instancePath:instancePath+"/retries",schemaPath:"#/properties/retries/maximum",keyword:"maximum",params:{comparison: "<=", limit: 10},message:"must be <= 10",schema:10,parentSchema:schema11.properties.retries,data:data62};
if(vErrors === null){
vErrors = [err124];
}
else {
vErrors.push(err124);
}
errors++;
}
if(data62 < 0 || isNaN(data62)){
const err125 = {instancePath:instancePath+"/retries",schemaPath:"#/properties/retries/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema11.properties.retries,data:data62};
if(vErrors === null){
vErrors = [err125];
}
else {
vErrors.push(err125);
}
errors++;
}
}
}
if(data.keepFinished !== undefined){
let data63 = data.keepFinished;
if(typeof data63 === "string"){
if(!(formats14(data63))){
const err126 = {instancePath:instancePath+"/keepFinished",schemaPath:"#/properties/keepFinished/format",keyword:"format",params:{format: "keep"},message:"must match format \""+"keep"+"\"",schema:"keep",parentSchema:schema11.properties.keepFinished,data:data63};
if(vErrors === null){
vErrors = [err126];
}
else {
vErrors.push(err126);
}
errors++;
}
}
else {
const err127 = {instancePath:instancePath+"/keepFinished",schemaPath:"#/properties/keepFinished/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.keepFinished.type,parentSchema:schema11.properties.keepFinished,data:data63};
if(vErrors === null){
vErrors = [err127];
}
else {
vErrors.push(err127);
}
errors++;
}
}
if(data.podAnnotations !== undefined){
let data64 = data.podAnnotations;
if(data64 && typeof data64 == "object" && !Array.isArray(data64)){
for(const key15 in data64){
let data65 = data64[key15];
if(typeof data65 !== "string"){
const err128 = {instancePath:instancePath+"/podAnnotations/" + key15.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/podAnnotations/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.podAnnotations.additionalProperties.type,parentSchema:schema11.properties.podAnnotations.additionalProperties,data:data65};
if(vErrors === null){
vErrors = [err128];
}
else {
vErrors.push(err128);
}
errors++;
}
}
}
else {
const err129 = {instancePath:instancePath+"/podAnnotations",schemaPath:"#/properties/podAnnotations/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.podAnnotations.type,parentSchema:schema11.properties.podAnnotations,data:data64};
if(vErrors === null){
vErrors = [err129];
}
else {
vErrors.push(err129);
}
errors++;
}
}
if(data.kargo !== undefined){
let data66 = data.kargo;
if(data66 && typeof data66 == "object" && !Array.isArray(data66)){
for(const key16 in data66){
if(!((((key16 === "enabled") || (key16 === "interval")) || (key16 === "baseInterval")) || (key16 === "webhooks"))){
const err130 = {instancePath:instancePath+"/kargo",schemaPath:"#/properties/kargo/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key16},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.kargo,data:data66};
if(vErrors === null){
vErrors = [err130];
}
else {
vErrors.push(err130);
}
errors++;
}
}
if(data66.enabled !== undefined){
let data67 = data66.enabled;
if(typeof data67 !== "boolean"){
const err131 = {instancePath:instancePath+"/kargo/enabled",schemaPath:"#/properties/kargo/properties/enabled/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema11.properties.kargo.properties.enabled.type,parentSchema:schema11.properties.kargo.properties.enabled,data:data67};
if(vErrors === null){
vErrors = [err131];
}
else {
vErrors.push(err131);
}
errors++;
}
}
if(data66.interval !== undefined){
let data68 = data66.interval;
if(typeof data68 === "string"){
if(!(formats16(data68))){
const err132 = {instancePath:instancePath+"/kargo/interval",schemaPath:"#/properties/kargo/properties/interval/format",keyword:"format",params:{format: "interval"},message:"must match format \""+"interval"+"\"",schema:"interval",parentSchema:schema11.properties.kargo.properties.interval,data:data68};
if(vErrors === null){
vErrors = [err132];
}
else {
vErrors.push(err132);
}
errors++;
}
}
else {
const err133 = {instancePath:instancePath+"/kargo/interval",schemaPath:"#/properties/kargo/properties/interval/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.interval.type,parentSchema:schema11.properties.kargo.properties.interval,data:data68};
if(vErrors === null){
vErrors = [err133];
}
else {
vErrors.push(err133);
}
errors++;
}
}
if(data66.baseInterval !== undefined){
let data69 = data66.baseInterval;
if(typeof data69 === "string"){
if(!(formats16(data69))){
const err134 = {instancePath:instancePath+"/kargo/baseInterval",schemaPath:"#/properties/kargo/properties/baseInterval/format",keyword:"format",params:{format: "interval"},message:"must match format \""+"interval"+"\"",schema:"interval",parentSchema:schema11.properties.kargo.properties.baseInterval,data:data69};
if(vErrors === null){
vErrors = [err134];
}
else {
vErrors.push(err134);
}
errors++;
}
}
else {
const err135 = {instancePath:instancePath+"/kargo/baseInterval",schemaPath:"#/properties/kargo/properties/baseInterval/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.baseInterval.type,parentSchema:schema11.properties.kargo.properties.baseInterval,data:data69};
if(vErrors === null){
vErrors = [err135];
}
else {
vErrors.push(err135);
}
errors++;
}
}
if(data66.webhooks !== undefined){
let data70 = data66.webhooks;
if(data70 && typeof data70 == "object" && !Array.isArray(data70)){
for(const key17 in data70){
if(!(func2.call(schema11.properties.kargo.properties.webhooks.properties, key17))){
const err136 = {instancePath:instancePath+"/kargo/webhooks",schemaPath:"#/properties/kargo/properties/webhooks/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key17},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.kargo.properties.webhooks,data:data70};
if(vErrors === null){
vErrors = [err136];
}
else {
vErrors.push(err136);
}
errors++;
}
}
if(data70.artifactory !== undefined){
let data71 = data70.artifactory;
if(typeof data71 === "string"){
if(!pattern3.test(data71)){
const err137 = {instancePath:instancePath+"/kargo/webhooks/artifactory",schemaPath:"#/properties/kargo/properties/webhooks/properties/artifactory/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.artifactory,data:data71};
if(vErrors === null){
vErrors = [err137];
}
else {
vErrors.push(err137);
}
errors++;
}
}
else {
const err138 = {instancePath:instancePath+"/kargo/webhooks/artifactory",schemaPath:"#/properties/kargo/properties/webhooks/properties/artifactory/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.artifactory.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.artifactory,data:data71};
if(vErrors === null){
vErrors = [err138];
}
else {
vErrors.push(err138);
}
errors++;
}
}
if(data70.azure !== undefined){
let data72 = data70.azure;
if(typeof data72 === "string"){
if(!pattern3.test(data72)){
const err139 = {instancePath:instancePath+"/kargo/webhooks/azure",schemaPath:"#/properties/kargo/properties/webhooks/properties/azure/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.azure,data:data72};
if(vErrors === null){
vErrors = [err139];
}
else {
vErrors.push(err139);
}
errors++;
}
}
else {
const err140 = {instancePath:instancePath+"/kargo/webhooks/azure",schemaPath:"#/properties/kargo/properties/webhooks/properties/azure/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.azure.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.azure,data:data72};
if(vErrors === null){
vErrors = [err140];
}
else {
vErrors.push(err140);
}
errors++;
}
}
if(data70.bitbucket !== undefined){
let data73 = data70.bitbucket;
if(typeof data73 === "string"){
if(!pattern3.test(data73)){
const err141 = {instancePath:instancePath+"/kargo/webhooks/bitbucket",schemaPath:"#/properties/kargo/properties/webhooks/properties/bitbucket/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.bitbucket,data:data73};
if(vErrors === null){
vErrors = [err141];
}
else {
vErrors.push(err141);
}
errors++;
}
}
else {
const err142 = {instancePath:instancePath+"/kargo/webhooks/bitbucket",schemaPath:"#/properties/kargo/properties/webhooks/properties/bitbucket/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.bitbucket.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.bitbucket,data:data73};
if(vErrors === null){
vErrors = [err142];
}
else {
vErrors.push(err142);
}
errors++;
}
}
if(data70.dockerhub !== undefined){
let data74 = data70.dockerhub;
if(typeof data74 === "string"){
if(!pattern3.test(data74)){
const err143 = {instancePath:instancePath+"/kargo/webhooks/dockerhub",schemaPath:"#/properties/kargo/properties/webhooks/properties/dockerhub/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.dockerhub,data:data74};
if(vErrors === null){
vErrors = [err143];
}
else {
vErrors.push(err143);
}
errors++;
}
}
else {
const err144 = {instancePath:instancePath+"/kargo/webhooks/dockerhub",schemaPath:"#/properties/kargo/properties/webhooks/properties/dockerhub/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.dockerhub.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.dockerhub,data:data74};
if(vErrors === null){
vErrors = [err144];
}
else {
vErrors.push(err144);
}
errors++;
}
}
if(data70.generic !== undefined){
let data75 = data70.generic;
if(typeof data75 === "string"){
if(!pattern3.test(data75)){
const err145 = {instancePath:instancePath+"/kargo/webhooks/generic",schemaPath:"#/properties/kargo/properties/webhooks/properties/generic/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.generic,data:data75};
if(vErrors === null){
vErrors = [err145];
}
else {
vErrors.push(err145);
}
errors++;
}
}
else {
const err146 = {instancePath:instancePath+"/kargo/webhooks/generic",schemaPath:"#/properties/kargo/properties/webhooks/properties/generic/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.generic.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.generic,data:data75};
if(vErrors === null){
vErrors = [err146];
}
else {
vErrors.push(err146);
}
errors++;
}
}
if(data70.gitea !== undefined){
let data76 = data70.gitea;
if(typeof data76 === "string"){
if(!pattern3.test(data76)){
const err147 = {instancePath:instancePath+"/kargo/webhooks/gitea",schemaPath:"#/properties/kargo/properties/webhooks/properties/gitea/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.gitea,data:data76};
if(vErrors === null){
vErrors = [err147];
}
else {
vErrors.push(err147);
}
errors++;
}
}
else {
const err148 = {instancePath:instancePath+"/kargo/webhooks/gitea",schemaPath:"#/properties/kargo/properties/webhooks/properties/gitea/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.gitea.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.gitea,data:data76};
if(vErrors === null){
vErrors = [err148];
}
else {
vErrors.push(err148);
}
errors++;
}
}
if(data70.github !== undefined){
let data77 = data70.github;
if(typeof data77 === "string"){
if(!pattern3.test(data77)){
const err149 = {instancePath:instancePath+"/kargo/webhooks/github",schemaPath:"#/properties/kargo/properties/webhooks/properties/github/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.github,data:data77};
if(vErrors === null){
vErrors = [err149];
}
else {
vErrors.push(err149);
}
errors++;
}
}
else {
const err150 = {instancePath:instancePath+"/kargo/webhooks/github",schemaPath:"#/properties/kargo/properties/webhooks/properties/github/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.github.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.github,data:data77};
if(vErrors === null){
vErrors = [err150];
}
else {
vErrors.push(err150);
}
errors++;
}
}
if(data70.gitlab !== undefined){
let data78 = data70.gitlab;
if(typeof data78 === "string"){
if(!pattern3.test(data78)){
const err151 = {instancePath:instancePath+"/kargo/webhooks/gitlab",schemaPath:"#/properties/kargo/properties/webhooks/properties/gitlab/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.gitlab,data:data78};
if(vErrors === null){
vErrors = [err151];
}
else {
vErrors.push(err151);
}
errors++;
}
}
else {
const err152 = {instancePath:instancePath+"/kargo/webhooks/gitlab",schemaPath:"#/properties/kargo/properties/webhooks/properties/gitlab/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.gitlab.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.gitlab,data:data78};
if(vErrors === null){
vErrors = [err152];
}
else {
vErrors.push(err152);
}
errors++;
}
}
if(data70.harbor !== undefined){
let data79 = data70.harbor;
if(typeof data79 === "string"){
if(!pattern3.test(data79)){
const err153 = {instancePath:instancePath+"/kargo/webhooks/harbor",schemaPath:"#/properties/kargo/properties/webhooks/properties/harbor/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.harbor,data:data79};
if(vErrors === null){
vErrors = [err153];
}
else {
vErrors.push(err153);
}
errors++;
}
}
else {
const err154 = {instancePath:instancePath+"/kargo/webhooks/harbor",schemaPath:"#/properties/kargo/properties/webhooks/properties/harbor/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.harbor.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.harbor,data:data79};
if(vErrors === null){
vErrors = [err154];
}
else {
vErrors.push(err154);
}
errors++;
}
}
if(data70.quay !== undefined){
let data80 = data70.quay;
if(typeof data80 === "string"){
if(!pattern3.test(data80)){
const err155 = {instancePath:instancePath+"/kargo/webhooks/quay",schemaPath:"#/properties/kargo/properties/webhooks/properties/quay/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.kargo.properties.webhooks.properties.quay,data:data80};
if(vErrors === null){
vErrors = [err155];
}
else {
vErrors.push(err155);
}
errors++;
}
}
else {
const err156 = {instancePath:instancePath+"/kargo/webhooks/quay",schemaPath:"#/properties/kargo/properties/webhooks/properties/quay/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.kargo.properties.webhooks.properties.quay.type,parentSchema:schema11.properties.kargo.properties.webhooks.properties.quay,data:data80};
if(vErrors === null){
vErrors = [err156];
}
else {
vErrors.push(err156);
}
errors++;
}
}
}
else {
const err157 = {instancePath:instancePath+"/kargo/webhooks",schemaPath:"#/properties/kargo/properties/webhooks/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.kargo.properties.webhooks.type,parentSchema:schema11.properties.kargo.properties.webhooks,data:data70};
if(vErrors === null){
vErrors = [err157];
}
else {
vErrors.push(err157);
}
errors++;
}
}
}
else {
const err158 = {instancePath:instancePath+"/kargo",schemaPath:"#/properties/kargo/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.kargo.type,parentSchema:schema11.properties.kargo,data:data66};
if(vErrors === null){
vErrors = [err158];
}
else {
vErrors.push(err158);
}
errors++;
}
}
}
else {
const err159 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.type,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err159];
}
else {
vErrors.push(err159);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}
