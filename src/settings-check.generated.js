// Made from factory.schema.json by test/settings-schema.test.ts; not edited by hand.
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);

export const settings = validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"Settings of the image factory","description":"factory.yaml: where this factory publishes and keeps its things. Every key is optional; a variable FACTORY_<KEY> overrides it.","type":"object","errorMessage":"expected a mapping of settings","additionalProperties":false,"properties":{"registry":{"description":"Registry of images that are enrolled without one: host, host:port or host/prefix. Without it the factory starts one on loopback.","type":"string","errorMessage":"expected host, host:port or host/prefix, without a scheme or credentials","pattern":"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[a-z0-9._/-]{0,255})?$","examples":["ghcr.io/acme","registry.example.org:5000"]},"stateDir":{"description":"Where images/<name>.yaml is written. Default: state in workDir.","type":"string","errorMessage":"expected a path","minLength":1,"examples":["state"]},"stateRepository":{"description":"Git repository that stateDir is a clone of: each command begins with what is there and ends when what it recorded is pushed. images.yaml may lie in it.","type":"string","errorMessage":"expected an https or ssh address, or the absolute path of a repository, without credentials","pattern":"^(https?://[^@]+|ssh://[^:@]+@?[^@]+|[\\w.-]+@[\\w.-]+:.+|/.+)$","examples":["https://github.com/acme/image-state.git"]},"stateBranch":{"description":"Branch of stateRepository. Default: main.","type":"string","errorMessage":"expected the name of a branch","pattern":"^(?![-/.])(?!.*(\\.\\.|//|@\\{|\\.lock$|/$))[^\\s~^:?*\\[\\\\\\x00-\\x1f]+$","examples":["main"]},"stateTokenVariable":{"description":"Name of the variable with the token for stateRepository. Default: GITHUB_TOKEN for github.com, GITLAB_TOKEN for gitlab.com, else what git on this machine knows.","type":"string","errorMessage":"expected the name of a variable","pattern":"^[A-Z_][A-Z0-9_]*$","examples":["GIT_TOKEN"]},"leaseNamespace":{"description":"Namespace of the cluster in which the locks of builds and publications are Leases too, so that pods wait for each other.","type":"string","errorMessage":"expected the name of a namespace","pattern":"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$","examples":["image-factory-kargo"]},"workDir":{"description":"Caches, layers, logs, locks and the embedded registry. Default: .factory","type":"string","errorMessage":"expected a path","minLength":1,"examples":["/var/lib/image-factory"]},"imagesFile":{"description":"The file that enrols images. Default: images.yaml","type":"string","errorMessage":"expected a path","minLength":1,"examples":["images.yaml"]},"jobs":{"description":"How many platforms are built at one time. Default: one for each core.","type":"integer","errorMessage":"expected a whole number from 1 to 1024","minimum":1,"maximum":1024,"examples":[4]},"publish":{"description":"Where what passed goes: tags is the tags of images.yaml beside the publication's own; unique is the publication's own tag alone, for a cluster in which Kargo moves the others. Default: tags.","enum":["tags","unique"],"errorMessage":"expected tags or unique","examples":["unique"]},"rebuildsPerMinute":{"description":"How many platforms npm run rebuild begins to build within any 60 seconds, so that a base with many dependants is no storm on registries and mirrors. Default: 30.","type":"integer","errorMessage":"expected a whole number from 1 to 10000","minimum":1,"maximum":10000,"examples":[10]},"insecureRegistries":{"description":"Hosts (host or host:port) that are spoken to without TLS; loopback always is.","type":"array","errorMessage":"expected a list of hosts","items":{"type":"string","errorMessage":"expected host or host:port","pattern":"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$"},"examples":[["registry.internal:5000"]]},"authFile":{"description":"Credentials of registries, as docker and podman write them; asked before theirs.","type":"string","errorMessage":"expected a path","minLength":1,"examples":["/run/secrets/auth.json"]},"authFiles":{"description":"More such files, asked in this order after authFile: the first that knows a registry counts.","type":"array","errorMessage":"expected a list of paths","items":{"type":"string","errorMessage":"expected a path","minLength":1},"examples":[["/run/secrets/ghcr.json","/run/secrets/harbor.json"]]},"trivyDatabase":{"description":"Repository that mirrors Trivy's advisory database. Default: Trivy's own.","type":"string","errorMessage":"expected a repository, with its registry","minLength":1,"examples":["registry.example.org/mirror/trivy-db:2"]},"trivyJavaDatabase":{"description":"Repository that mirrors Trivy's index of Java packages, which only images with JAR files take. Default: Trivy's own.","type":"string","errorMessage":"expected a repository, with its registry","minLength":1,"examples":["registry.example.org/mirror/trivy-java-db:1"]},"databaseMaxAge":{"description":"An advisory database whose advisories are older counts as none: nothing is published then. Days or hours. Default: 7d.","type":"string","errorMessage":"expected days or hours, such as 7d or 36h","pattern":"^([1-9][0-9]{0,4}d|[1-9][0-9]{0,5}h)$","examples":["7d"]},"debianMirror":{"description":"Debian archive for sources of kind debian. Default: what this machine's apt uses, else deb.debian.org.","type":"string","errorMessage":"expected an http or https address","pattern":"^https?://","examples":["https://deb.debian.org/debian"]},"builderImage":{"description":"Image in which build runs where buildah cannot: with podman or docker.","type":"string","errorMessage":"expected an image reference","minLength":1,"examples":["ghcr.io/acme/image-factory-builder:latest"]},"layerCache":{"description":"Where built layers wait for builders that begin with an empty disk, such as pods: beside (in <repository>-cache-<platform>), or host/prefix of another place. Needs buildah 1.39. Default: layers stay on the machine that built them.","type":"string","errorMessage":"expected beside, or host, host:port or host/prefix, without a scheme or credentials","pattern":"^(beside|(localhost|[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]{1,5})(/[a-z0-9._/-]*)?)$","examples":["beside","registry.example.org/layers"]},"signedBy":{"description":"Repositories of which podman, skopeo and buildah in the builder image take only what was signed, each with the file of the public key (cosign.pub) that npm run builder puts into the image.","type":"object","errorMessage":"expected a mapping of repositories and paths","propertyNames":{"errorMessage":"expected a repository with its registry","pattern":"^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)+$"},"additionalProperties":{"type":"string","errorMessage":"expected a path","minLength":1},"examples":[{"ghcr.io/acme/base":"keys/acme.pub"}]},"keepLast":{"description":"How many digests of each image npm run gc keeps, the newest, however old. Default: 20, as many as Kargo keeps of its Freight.","type":"integer","errorMessage":"expected a whole number from 1 to 100000","minimum":1,"maximum":100000,"examples":[50]},"keepFor":{"description":"How long npm run gc keeps every publication, however many there are. Default: 14d, as long as Kargo keeps its Freight.","type":"string","errorMessage":"expected a duration like 90d, 36h or 0s","pattern":"^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$","examples":["90d"]},"keepTags":{"description":"Regular expression of the tags that keep what they name for ever. A tag that it does not match, that the factory set and that no longer moves goes with its superseded publication. Default: every tag keeps what it names.","type":"string","errorMessage":"expected a regular expression","minLength":1,"examples":["^v[0-9]"]},"keepStaged":{"description":"How long npm run gc leaves a staged platform that is not published, and a layer of layerCache, from when it first saw it. Default: 7d.","type":"string","errorMessage":"expected a duration like 7d, 36h or 0s","pattern":"^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$","examples":["2d"]}}};
const func2 = Object.prototype.hasOwnProperty;
const func3 = require("ajv/dist/runtime/ucs2length").default;
const pattern0 = new RegExp("^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[a-z0-9._/-]{0,255})?$", "u");
const pattern1 = new RegExp("^(https?://[^@]+|ssh://[^:@]+@?[^@]+|[\\w.-]+@[\\w.-]+:.+|/.+)$", "u");
const pattern2 = new RegExp("^(?![-/.])(?!.*(\\.\\.|//|@\\{|\\.lock$|/$))[^\\s~^:?*\\[\\\\\\x00-\\x1f]+$", "u");
const pattern3 = new RegExp("^[A-Z_][A-Z0-9_]*$", "u");
const pattern4 = new RegExp("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", "u");
const pattern5 = new RegExp("^[A-Za-z0-9.-]+(:[0-9]{1,5})?$", "u");
const pattern6 = new RegExp("^([1-9][0-9]{0,4}d|[1-9][0-9]{0,5}h)$", "u");
const pattern7 = new RegExp("^https?://", "u");
const pattern8 = new RegExp("^(beside|(localhost|[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]{1,5})(/[a-z0-9._/-]*)?)$", "u");
const pattern9 = new RegExp("^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)+$", "u");
const pattern10 = new RegExp("^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$", "u");

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
if(data.registry !== undefined){
let data0 = data.registry;
if(typeof data0 === "string"){
if(!pattern0.test(data0)){
const err1 = {instancePath:instancePath+"/registry",schemaPath:"#/properties/registry/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[a-z0-9._/-]{0,255})?$"},message:"must match pattern \""+"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[a-z0-9._/-]{0,255})?$"+"\"",schema:"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[a-z0-9._/-]{0,255})?$",parentSchema:schema11.properties.registry,data:data0};
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
const err2 = {instancePath:instancePath+"/registry",schemaPath:"#/properties/registry/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.registry.type,parentSchema:schema11.properties.registry,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.stateDir !== undefined){
let data1 = data.stateDir;
if(typeof data1 === "string"){
if(func3(data1) < 1){
const err3 = {instancePath:instancePath+"/stateDir",schemaPath:"#/properties/stateDir/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.stateDir,data:data1};
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
const err4 = {instancePath:instancePath+"/stateDir",schemaPath:"#/properties/stateDir/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.stateDir.type,parentSchema:schema11.properties.stateDir,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.stateRepository !== undefined){
let data2 = data.stateRepository;
if(typeof data2 === "string"){
if(!pattern1.test(data2)){
const err5 = {instancePath:instancePath+"/stateRepository",schemaPath:"#/properties/stateRepository/pattern",keyword:"pattern",params:{pattern: "^(https?://[^@]+|ssh://[^:@]+@?[^@]+|[\\w.-]+@[\\w.-]+:.+|/.+)$"},message:"must match pattern \""+"^(https?://[^@]+|ssh://[^:@]+@?[^@]+|[\\w.-]+@[\\w.-]+:.+|/.+)$"+"\"",schema:"^(https?://[^@]+|ssh://[^:@]+@?[^@]+|[\\w.-]+@[\\w.-]+:.+|/.+)$",parentSchema:schema11.properties.stateRepository,data:data2};
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
const err6 = {instancePath:instancePath+"/stateRepository",schemaPath:"#/properties/stateRepository/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.stateRepository.type,parentSchema:schema11.properties.stateRepository,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.stateBranch !== undefined){
let data3 = data.stateBranch;
if(typeof data3 === "string"){
if(!pattern2.test(data3)){
const err7 = {instancePath:instancePath+"/stateBranch",schemaPath:"#/properties/stateBranch/pattern",keyword:"pattern",params:{pattern: "^(?![-/.])(?!.*(\\.\\.|//|@\\{|\\.lock$|/$))[^\\s~^:?*\\[\\\\\\x00-\\x1f]+$"},message:"must match pattern \""+"^(?![-/.])(?!.*(\\.\\.|//|@\\{|\\.lock$|/$))[^\\s~^:?*\\[\\\\\\x00-\\x1f]+$"+"\"",schema:"^(?![-/.])(?!.*(\\.\\.|//|@\\{|\\.lock$|/$))[^\\s~^:?*\\[\\\\\\x00-\\x1f]+$",parentSchema:schema11.properties.stateBranch,data:data3};
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
const err8 = {instancePath:instancePath+"/stateBranch",schemaPath:"#/properties/stateBranch/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.stateBranch.type,parentSchema:schema11.properties.stateBranch,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.stateTokenVariable !== undefined){
let data4 = data.stateTokenVariable;
if(typeof data4 === "string"){
if(!pattern3.test(data4)){
const err9 = {instancePath:instancePath+"/stateTokenVariable",schemaPath:"#/properties/stateTokenVariable/pattern",keyword:"pattern",params:{pattern: "^[A-Z_][A-Z0-9_]*$"},message:"must match pattern \""+"^[A-Z_][A-Z0-9_]*$"+"\"",schema:"^[A-Z_][A-Z0-9_]*$",parentSchema:schema11.properties.stateTokenVariable,data:data4};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/stateTokenVariable",schemaPath:"#/properties/stateTokenVariable/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.stateTokenVariable.type,parentSchema:schema11.properties.stateTokenVariable,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.leaseNamespace !== undefined){
let data5 = data.leaseNamespace;
if(typeof data5 === "string"){
if(!pattern4.test(data5)){
const err11 = {instancePath:instancePath+"/leaseNamespace",schemaPath:"#/properties/leaseNamespace/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"+"\"",schema:"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",parentSchema:schema11.properties.leaseNamespace,data:data5};
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
const err12 = {instancePath:instancePath+"/leaseNamespace",schemaPath:"#/properties/leaseNamespace/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.leaseNamespace.type,parentSchema:schema11.properties.leaseNamespace,data:data5};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.workDir !== undefined){
let data6 = data.workDir;
if(typeof data6 === "string"){
if(func3(data6) < 1){
const err13 = {instancePath:instancePath+"/workDir",schemaPath:"#/properties/workDir/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.workDir,data:data6};
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
const err14 = {instancePath:instancePath+"/workDir",schemaPath:"#/properties/workDir/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.workDir.type,parentSchema:schema11.properties.workDir,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.imagesFile !== undefined){
let data7 = data.imagesFile;
if(typeof data7 === "string"){
if(func3(data7) < 1){
const err15 = {instancePath:instancePath+"/imagesFile",schemaPath:"#/properties/imagesFile/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.imagesFile,data:data7};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
else {
const err16 = {instancePath:instancePath+"/imagesFile",schemaPath:"#/properties/imagesFile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.imagesFile.type,parentSchema:schema11.properties.imagesFile,data:data7};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.jobs !== undefined){
let data8 = data.jobs;
if(!(((typeof data8 == "number") && (!(data8 % 1) && !isNaN(data8))) && (isFinite(data8)))){
const err17 = {instancePath:instancePath+"/jobs",schemaPath:"#/properties/jobs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.jobs.type,parentSchema:schema11.properties.jobs,data:data8};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if((typeof data8 == "number") && (isFinite(data8))){
if(data8 > 1024 || isNaN(data8)){
const err18 = {instancePath:instancePath+"/jobs",schemaPath:"#/properties/jobs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1024},message:"must be <= 1024",schema:1024,parentSchema:schema11.properties.jobs,data:data8};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(data8 < 1 || isNaN(data8)){
const err19 = {instancePath:instancePath+"/jobs",schemaPath:"#/properties/jobs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.jobs,data:data8};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
if(data.publish !== undefined){
let data9 = data.publish;
if(!((data9 === "tags") || (data9 === "unique"))){
const err20 = {instancePath:instancePath+"/publish",schemaPath:"#/properties/publish/enum",keyword:"enum",params:{allowedValues: schema11.properties.publish.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.publish.enum,parentSchema:schema11.properties.publish,data:data9};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.rebuildsPerMinute !== undefined){
let data10 = data.rebuildsPerMinute;
if(!(((typeof data10 == "number") && (!(data10 % 1) && !isNaN(data10))) && (isFinite(data10)))){
const err21 = {instancePath:instancePath+"/rebuildsPerMinute",schemaPath:"#/properties/rebuildsPerMinute/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.rebuildsPerMinute.type,parentSchema:schema11.properties.rebuildsPerMinute,data:data10};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if((typeof data10 == "number") && (isFinite(data10))){
if(data10 > 10000 || isNaN(data10)){
const err22 = {instancePath:instancePath+"/rebuildsPerMinute",schemaPath:"#/properties/rebuildsPerMinute/maximum",keyword:"maximum",params:{comparison: "<=", limit: 10000},message:"must be <= 10000",schema:10000,parentSchema:schema11.properties.rebuildsPerMinute,data:data10};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(data10 < 1 || isNaN(data10)){
const err23 = {instancePath:instancePath+"/rebuildsPerMinute",schemaPath:"#/properties/rebuildsPerMinute/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.rebuildsPerMinute,data:data10};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
if(data.insecureRegistries !== undefined){
let data11 = data.insecureRegistries;
if(Array.isArray(data11)){
const len0 = data11.length;
for(let i0=0; i0<len0; i0++){
let data12 = data11[i0];
if(typeof data12 === "string"){
if(!pattern5.test(data12)){
const err24 = {instancePath:instancePath+"/insecureRegistries/" + i0,schemaPath:"#/properties/insecureRegistries/items/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9.-]+(:[0-9]{1,5})?$"},message:"must match pattern \""+"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$"+"\"",schema:"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$",parentSchema:schema11.properties.insecureRegistries.items,data:data12};
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
const err25 = {instancePath:instancePath+"/insecureRegistries/" + i0,schemaPath:"#/properties/insecureRegistries/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.insecureRegistries.items.type,parentSchema:schema11.properties.insecureRegistries.items,data:data12};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
}
else {
const err26 = {instancePath:instancePath+"/insecureRegistries",schemaPath:"#/properties/insecureRegistries/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.insecureRegistries.type,parentSchema:schema11.properties.insecureRegistries,data:data11};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data.authFile !== undefined){
let data13 = data.authFile;
if(typeof data13 === "string"){
if(func3(data13) < 1){
const err27 = {instancePath:instancePath+"/authFile",schemaPath:"#/properties/authFile/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.authFile,data:data13};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
else {
const err28 = {instancePath:instancePath+"/authFile",schemaPath:"#/properties/authFile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.authFile.type,parentSchema:schema11.properties.authFile,data:data13};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data.authFiles !== undefined){
let data14 = data.authFiles;
if(Array.isArray(data14)){
const len1 = data14.length;
for(let i1=0; i1<len1; i1++){
let data15 = data14[i1];
if(typeof data15 === "string"){
if(func3(data15) < 1){
const err29 = {instancePath:instancePath+"/authFiles/" + i1,schemaPath:"#/properties/authFiles/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.authFiles.items,data:data15};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
else {
const err30 = {instancePath:instancePath+"/authFiles/" + i1,schemaPath:"#/properties/authFiles/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.authFiles.items.type,parentSchema:schema11.properties.authFiles.items,data:data15};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
}
else {
const err31 = {instancePath:instancePath+"/authFiles",schemaPath:"#/properties/authFiles/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.authFiles.type,parentSchema:schema11.properties.authFiles,data:data14};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
if(data.trivyDatabase !== undefined){
let data16 = data.trivyDatabase;
if(typeof data16 === "string"){
if(func3(data16) < 1){
const err32 = {instancePath:instancePath+"/trivyDatabase",schemaPath:"#/properties/trivyDatabase/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.trivyDatabase,data:data16};
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
const err33 = {instancePath:instancePath+"/trivyDatabase",schemaPath:"#/properties/trivyDatabase/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.trivyDatabase.type,parentSchema:schema11.properties.trivyDatabase,data:data16};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
if(data.trivyJavaDatabase !== undefined){
let data17 = data.trivyJavaDatabase;
if(typeof data17 === "string"){
if(func3(data17) < 1){
const err34 = {instancePath:instancePath+"/trivyJavaDatabase",schemaPath:"#/properties/trivyJavaDatabase/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.trivyJavaDatabase,data:data17};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
else {
const err35 = {instancePath:instancePath+"/trivyJavaDatabase",schemaPath:"#/properties/trivyJavaDatabase/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.trivyJavaDatabase.type,parentSchema:schema11.properties.trivyJavaDatabase,data:data17};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
if(data.databaseMaxAge !== undefined){
let data18 = data.databaseMaxAge;
if(typeof data18 === "string"){
if(!pattern6.test(data18)){
const err36 = {instancePath:instancePath+"/databaseMaxAge",schemaPath:"#/properties/databaseMaxAge/pattern",keyword:"pattern",params:{pattern: "^([1-9][0-9]{0,4}d|[1-9][0-9]{0,5}h)$"},message:"must match pattern \""+"^([1-9][0-9]{0,4}d|[1-9][0-9]{0,5}h)$"+"\"",schema:"^([1-9][0-9]{0,4}d|[1-9][0-9]{0,5}h)$",parentSchema:schema11.properties.databaseMaxAge,data:data18};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
else {
const err37 = {instancePath:instancePath+"/databaseMaxAge",schemaPath:"#/properties/databaseMaxAge/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.databaseMaxAge.type,parentSchema:schema11.properties.databaseMaxAge,data:data18};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
if(data.debianMirror !== undefined){
let data19 = data.debianMirror;
if(typeof data19 === "string"){
if(!pattern7.test(data19)){
const err38 = {instancePath:instancePath+"/debianMirror",schemaPath:"#/properties/debianMirror/pattern",keyword:"pattern",params:{pattern: "^https?://"},message:"must match pattern \""+"^https?://"+"\"",schema:"^https?://",parentSchema:schema11.properties.debianMirror,data:data19};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
else {
const err39 = {instancePath:instancePath+"/debianMirror",schemaPath:"#/properties/debianMirror/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.debianMirror.type,parentSchema:schema11.properties.debianMirror,data:data19};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data.builderImage !== undefined){
let data20 = data.builderImage;
if(typeof data20 === "string"){
if(func3(data20) < 1){
const err40 = {instancePath:instancePath+"/builderImage",schemaPath:"#/properties/builderImage/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.builderImage,data:data20};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
else {
const err41 = {instancePath:instancePath+"/builderImage",schemaPath:"#/properties/builderImage/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.builderImage.type,parentSchema:schema11.properties.builderImage,data:data20};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
if(data.layerCache !== undefined){
let data21 = data.layerCache;
if(typeof data21 === "string"){
if(!pattern8.test(data21)){
const err42 = {instancePath:instancePath+"/layerCache",schemaPath:"#/properties/layerCache/pattern",keyword:"pattern",params:{pattern: "^(beside|(localhost|[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]{1,5})(/[a-z0-9._/-]*)?)$"},message:"must match pattern \""+"^(beside|(localhost|[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]{1,5})(/[a-z0-9._/-]*)?)$"+"\"",schema:"^(beside|(localhost|[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]{1,5})(/[a-z0-9._/-]*)?)$",parentSchema:schema11.properties.layerCache,data:data21};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
else {
const err43 = {instancePath:instancePath+"/layerCache",schemaPath:"#/properties/layerCache/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.layerCache.type,parentSchema:schema11.properties.layerCache,data:data21};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data.signedBy !== undefined){
let data22 = data.signedBy;
if(data22 && typeof data22 == "object" && !Array.isArray(data22)){
for(const key1 in data22){
const _errs47 = errors;
if(typeof key1 === "string"){
if(!pattern9.test(key1)){
const err44 = {instancePath:instancePath+"/signedBy",schemaPath:"#/properties/signedBy/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)+$"},message:"must match pattern \""+"^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)+$"+"\"",schema:"^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)+$",parentSchema:schema11.properties.signedBy.propertyNames,data:key1,propertyName:key1};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
var valid5 = _errs47 === errors;
if(!valid5){
const err45 = {instancePath:instancePath+"/signedBy",schemaPath:"#/properties/signedBy/propertyNames",keyword:"propertyNames",params:{propertyName: key1},message:"property name must be valid",schema:schema11.properties.signedBy.propertyNames,parentSchema:schema11.properties.signedBy,data:data22};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
for(const key2 in data22){
let data23 = data22[key2];
if(typeof data23 === "string"){
if(func3(data23) < 1){
const err46 = {instancePath:instancePath+"/signedBy/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/signedBy/additionalProperties/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.signedBy.additionalProperties,data:data23};
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
const err47 = {instancePath:instancePath+"/signedBy/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/signedBy/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.signedBy.additionalProperties.type,parentSchema:schema11.properties.signedBy.additionalProperties,data:data23};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
}
else {
const err48 = {instancePath:instancePath+"/signedBy",schemaPath:"#/properties/signedBy/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.signedBy.type,parentSchema:schema11.properties.signedBy,data:data22};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
if(data.keepLast !== undefined){
let data24 = data.keepLast;
if(!(((typeof data24 == "number") && (!(data24 % 1) && !isNaN(data24))) && (isFinite(data24)))){
const err49 = {instancePath:instancePath+"/keepLast",schemaPath:"#/properties/keepLast/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.keepLast.type,parentSchema:schema11.properties.keepLast,data:data24};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
if((typeof data24 == "number") && (isFinite(data24))){
if(data24 > 100000 || isNaN(data24)){
const err50 = {instancePath:instancePath+"/keepLast",schemaPath:"#/properties/keepLast/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000",schema:100000,parentSchema:schema11.properties.keepLast,data:data24};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
if(data24 < 1 || isNaN(data24)){
const err51 = {instancePath:instancePath+"/keepLast",schemaPath:"#/properties/keepLast/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.keepLast,data:data24};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
}
if(data.keepFor !== undefined){
let data25 = data.keepFor;
if(typeof data25 === "string"){
if(!pattern10.test(data25)){
const err52 = {instancePath:instancePath+"/keepFor",schemaPath:"#/properties/keepFor/pattern",keyword:"pattern",params:{pattern: "^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$"},message:"must match pattern \""+"^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$"+"\"",schema:"^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$",parentSchema:schema11.properties.keepFor,data:data25};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
else {
const err53 = {instancePath:instancePath+"/keepFor",schemaPath:"#/properties/keepFor/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.keepFor.type,parentSchema:schema11.properties.keepFor,data:data25};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
if(data.keepTags !== undefined){
let data26 = data.keepTags;
if(typeof data26 === "string"){
if(func3(data26) < 1){
const err54 = {instancePath:instancePath+"/keepTags",schemaPath:"#/properties/keepTags/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.keepTags,data:data26};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
else {
const err55 = {instancePath:instancePath+"/keepTags",schemaPath:"#/properties/keepTags/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.keepTags.type,parentSchema:schema11.properties.keepTags,data:data26};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
if(data.keepStaged !== undefined){
let data27 = data.keepStaged;
if(typeof data27 === "string"){
if(!pattern10.test(data27)){
const err56 = {instancePath:instancePath+"/keepStaged",schemaPath:"#/properties/keepStaged/pattern",keyword:"pattern",params:{pattern: "^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$"},message:"must match pattern \""+"^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$"+"\"",schema:"^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$",parentSchema:schema11.properties.keepStaged,data:data27};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
else {
const err57 = {instancePath:instancePath+"/keepStaged",schemaPath:"#/properties/keepStaged/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.keepStaged.type,parentSchema:schema11.properties.keepStaged,data:data27};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
}
else {
const err58 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.type,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}
