// Made from images.schema.json by test/enrolment/schema.test.ts; not edited by hand.
import { createRequire } from "node:module";
import { formats } from "./formats.ts";
const require = createRequire(import.meta.url);
const checks = Object.fromEntries(
  Object.entries(formats).map(([name, explain]) => [name, (text) => explain(text) === undefined]),
);

export const image = validate10;
const schema11 = {"$ref":"images#/definitions/image"};
const schema14 = {"errorMessage":"expected a mapping with name and source","type":"object","additionalProperties":false,"required":["name"],"properties":{"name":{"$ref":"#/definitions/name"},"registry":{"$ref":"#/definitions/registry"},"repository":{"$ref":"#/definitions/repository"},"platforms":{"$ref":"#/definitions/platforms"},"source":{"$ref":"#/definitions/source"},"dockerfile":{"$ref":"#/definitions/dockerfile"},"context":{"$ref":"#/definitions/context"},"target":{"$ref":"#/definitions/target"},"args":{"$ref":"#/definitions/args"},"secrets":{"$ref":"#/definitions/secrets"},"labels":{"$ref":"#/definitions/labels"},"annotations":{"$ref":"#/definitions/annotations"},"tags":{"$ref":"#/definitions/tags"},"timeouts":{"$ref":"#/definitions/timeouts"},"network":{"$ref":"#/definitions/network"},"scan":{"$ref":"#/definitions/scan"},"rebuildDelay":{"$ref":"#/definitions/rebuildDelay"},"autoRebuild":{"$ref":"#/definitions/autoRebuild"},"schedule":{"$ref":"#/definitions/schedule"},"keep":{"$ref":"#/definitions/keep"},"allowTags":{"$ref":"#/definitions/allowTags"},"imageSelectionStrategy":{"$ref":"#/definitions/imageSelectionStrategy"},"constraint":{"$ref":"#/definitions/constraint"},"ignoreTags":{"$ref":"#/definitions/ignoreTags"},"endOfLife":{"$ref":"#/definitions/endOfLife"},"digest":{"$ref":"#/definitions/digest"},"repoURL":{"$ref":"#/definitions/repoURL"},"updates":{"$ref":"#/definitions/updates"},"enrollment":{"$ref":"#/definitions/enrollment"},"local":{"$ref":"#/definitions/local"}}};
const schema15 = {"errorMessage":"expected lower-case letters and digits with single . _ - between them, at most 40 characters, other than all","type":"string","pattern":"^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$","maxLength":128};
const schema16 = {"errorMessage":"expected a registry's host such as ghcr.io or registry.example.com:5000/team, in lower case and without https://","type":"string","format":"registry"};
const schema17 = {"errorMessage":"expected a repository such as acme/api in lower case, without tag or digest","type":"string","format":"repository"};
const schema57 = {"errorMessage":"expected a path below the source's root: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const schema58 = {"errorMessage":"expected a path below the source's root: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const schema59 = {"errorMessage":"expected the name of a stage","type":"string","pattern":"^[A-Za-z0-9][A-Za-z0-9_.-]*$"};
const schema79 = {"type":"string","enum":["default","none"]};
const schema93 = {"errorMessage":"expected a duration such as 12h or 7d","type":"string","format":"delay"};
const schema94 = {"type":"boolean"};
const schema102 = {"errorMessage":"expected a regular expression","type":"string","format":"regular-expression"};
const schema103 = {"type":"string","enum":["Digest","SemVer","Lexical","NewestBuild"]};
const schema104 = {"errorMessage":"expected a range of versions such as ^22.1","type":"string","format":"version-range"};
const schema107 = {"errorMessage":"expected a day as YYYY-MM-DD","type":"string","format":"day"};
const schema108 = {"errorMessage":"expected sha256: and 64 hex digits","type":"string","pattern":"^sha256:[0-9a-f]{64}$"};
const schema109 = {"errorMessage":"expected a repository such as docker.io/library/node, without https:// and without tag","type":"string","format":"repository"};
const schema110 = {};
const func2 = Object.prototype.hasOwnProperty;
const func3 = require("ajv/dist/runtime/ucs2length").default;
const pattern0 = new RegExp("^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$", "u");
const pattern1 = new RegExp("^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$", "u");
const pattern24 = new RegExp("^[A-Za-z0-9][A-Za-z0-9_.-]*$", "u");
const pattern10 = new RegExp("^sha256:[0-9a-f]{64}$", "u");
const formats0 = checks.registry;
const formats2 = checks.repository;
const formats28 = checks.delay;
const formats36 = checks["regular-expression"];
const formats40 = checks["version-range"];
const formats26 = checks.day;
const schema18 = {"errorMessage":"expected a list of platforms","type":"array","minItems":1,"uniqueItems":true,"items":{"$ref":"#/definitions/platform"}};
const schema19 = {"type":"string","enum":["linux/amd64","linux/arm64"]};
const func0 = require("ajv/dist/runtime/equal").default;

function validate14(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length < 1){
const err0 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema18,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/platform/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema19.type,parentSchema:schema19,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!((data0 === "linux/amd64") || (data0 === "linux/arm64"))){
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/platform/enum",keyword:"enum",params:{allowedValues: schema19.enum},message:"must be equal to one of the allowed values",schema:schema19.enum,parentSchema:schema19,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
let i1 = data.length;
let j0;
if(i1 > 1){
outer0:
for(;i1--;){
for(j0 = i1; j0--;){
if(func0(data[i1], data[j0])){
const err3 = {instancePath,schemaPath:"#/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema18,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema18.type,parentSchema:schema18,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate14.errors = vErrors;
return errors === 0;
}

const schema20 = {"errorMessage":"expected exactly one of git, folder, archive and debian","type":"object","additionalProperties":false,"minProperties":1,"properties":{"git":{"$ref":"#/definitions/git"},"folder":{"$ref":"#/definitions/folder"},"archive":{"$ref":"#/definitions/archive"},"debian":{"$ref":"#/definitions/debian"},"provider":{"$ref":"#/definitions/provider"},"repo":{"$ref":"#/definitions/repo"},"branch":{"$ref":"#/definitions/branch"},"dockerfile":{"$ref":"#/definitions/sourceDockerfile"},"workflow":{"$ref":"#/definitions/repoWorkflow"}}};
const schema34 = {"errorMessage":"expected the path of a folder, without leading - or ~","type":"string","pattern":"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"};
const schema52 = {"errorMessage":"expected github or gitlab (the address of a repository elsewhere goes to source.git, in the place of provider and repo)","type":"string","enum":["github","gitlab"]};
const schema53 = {"errorMessage":"expected owner/name as the forge has it (a whole address goes to source.git, in the place of provider and repo)","type":"string","pattern":"^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$"};
const schema54 = {"errorMessage":"expected a branch as git spells it","type":"string","format":"git-ref"};
const schema55 = {"errorMessage":"expected a path below the repository's root: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const schema56 = {"errorMessage":"expected the name of a workflow, on one line","type":"string","pattern":"^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$"};
const schema21 = {"errorMessage":"expected the address of a git repository, or a mapping with url","type":["string","object"],"format":"git-address","additionalProperties":false,"required":["url"],"properties":{"url":{"$ref":"#/definitions/gitUrl"},"ref":{"$ref":"#/definitions/gitRef"},"directory":{"$ref":"#/definitions/gitDirectory"},"credentials":{"$ref":"#/definitions/credentials"},"submodules":{"$ref":"#/definitions/submodules"},"lfs":{"$ref":"#/definitions/lfs"},"workflow":{"$ref":"#/definitions/workflow"}}};
const schema22 = {"errorMessage":"expected the address of a git repository","type":"string","format":"git-address"};
const schema23 = {"errorMessage":"expected a branch, a tag or a full commit as git spells them","type":"string","format":"git-ref"};
const schema24 = {"errorMessage":"expected a path below the repository's root: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const schema31 = {"type":"boolean"};
const schema32 = {"type":"boolean"};
const schema33 = {"errorMessage":"expected the name of a workflow, on one line","type":"string","pattern":"^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$"};
const formats4 = checks["git-address"];
const formats8 = checks["git-ref"];
const pattern7 = new RegExp("^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$", "u");
const schema25 = {"errorMessage":"expected variable, or file, or sshKey with knownHosts","type":"object","additionalProperties":false,"minProperties":1,"maxProperties":2,"properties":{"variable":{"$ref":"#/definitions/variableName"},"file":{"$ref":"#/definitions/filePath"},"user":{"$ref":"#/definitions/user"},"sshKey":{"$ref":"#/definitions/filePath"},"knownHosts":{"$ref":"#/definitions/filePath"}}};
const schema26 = {"errorMessage":"expected the name of an environment variable","type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]*$"};
const schema27 = {"errorMessage":"expected a path without leading - or ~","type":"string","pattern":"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"};
const schema28 = {"errorMessage":"expected a user name without spaces, colon, @ or /","type":"string","pattern":"^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$"};
const pattern2 = new RegExp("^[A-Za-z_][A-Za-z0-9_]*$", "u");
const pattern3 = new RegExp("^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$", "u");
const pattern4 = new RegExp("^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$", "u");

function validate18(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(Object.keys(data).length > 2){
const err0 = {instancePath,schemaPath:"#/maxProperties",keyword:"maxProperties",params:{limit: 2},message:"must NOT have more than 2 properties",schema:2,parentSchema:schema25,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(Object.keys(data).length < 1){
const err1 = {instancePath,schemaPath:"#/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema25,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "variable") || (key0 === "file")) || (key0 === "user")) || (key0 === "sshKey")) || (key0 === "knownHosts"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema25,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.variable !== undefined){
let data0 = data.variable;
if(typeof data0 === "string"){
if(!pattern2.test(data0)){
const err3 = {instancePath:instancePath+"/variable",schemaPath:"#/definitions/variableName/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\"",schema:"^[A-Za-z_][A-Za-z0-9_]*$",parentSchema:schema26,data:data0};
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
const err4 = {instancePath:instancePath+"/variable",schemaPath:"#/definitions/variableName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema26.type,parentSchema:schema26,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.file !== undefined){
let data1 = data.file;
if(typeof data1 === "string"){
if(!pattern3.test(data1)){
const err5 = {instancePath:instancePath+"/file",schemaPath:"#/definitions/filePath/pattern",keyword:"pattern",params:{pattern: "^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"},message:"must match pattern \""+"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"+"\"",schema:"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$",parentSchema:schema27,data:data1};
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
const err6 = {instancePath:instancePath+"/file",schemaPath:"#/definitions/filePath/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema27.type,parentSchema:schema27,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.user !== undefined){
let data2 = data.user;
if(typeof data2 === "string"){
if(!pattern4.test(data2)){
const err7 = {instancePath:instancePath+"/user",schemaPath:"#/definitions/user/pattern",keyword:"pattern",params:{pattern: "^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$"},message:"must match pattern \""+"^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$"+"\"",schema:"^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$",parentSchema:schema28,data:data2};
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
const err8 = {instancePath:instancePath+"/user",schemaPath:"#/definitions/user/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema28.type,parentSchema:schema28,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.sshKey !== undefined){
let data3 = data.sshKey;
if(typeof data3 === "string"){
if(!pattern3.test(data3)){
const err9 = {instancePath:instancePath+"/sshKey",schemaPath:"#/definitions/filePath/pattern",keyword:"pattern",params:{pattern: "^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"},message:"must match pattern \""+"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"+"\"",schema:"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$",parentSchema:schema27,data:data3};
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
const err10 = {instancePath:instancePath+"/sshKey",schemaPath:"#/definitions/filePath/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema27.type,parentSchema:schema27,data:data3};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.knownHosts !== undefined){
let data4 = data.knownHosts;
if(typeof data4 === "string"){
if(!pattern3.test(data4)){
const err11 = {instancePath:instancePath+"/knownHosts",schemaPath:"#/definitions/filePath/pattern",keyword:"pattern",params:{pattern: "^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"},message:"must match pattern \""+"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"+"\"",schema:"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$",parentSchema:schema27,data:data4};
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
const err12 = {instancePath:instancePath+"/knownHosts",schemaPath:"#/definitions/filePath/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema27.type,parentSchema:schema27,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
else {
const err13 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema25.type,parentSchema:schema25,data};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
validate18.errors = vErrors;
return errors === 0;
}


function validate17(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(data && typeof data == "object" && !Array.isArray(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema21.type},message:"must be string,object",schema:schema21.type,parentSchema:schema21,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(!(formats4(data))){
const err1 = {instancePath,schemaPath:"#/format",keyword:"format",params:{format: "git-address"},message:"must match format \""+"git-address"+"\"",schema:"git-address",parentSchema:schema21,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.url === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "url"},message:"must have required property '"+"url"+"'",schema:schema21.required,parentSchema:schema21,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!(((((((key0 === "url") || (key0 === "ref")) || (key0 === "directory")) || (key0 === "credentials")) || (key0 === "submodules")) || (key0 === "lfs")) || (key0 === "workflow"))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema21,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.url !== undefined){
let data0 = data.url;
if(typeof data0 === "string"){
if(!(formats4(data0))){
const err4 = {instancePath:instancePath+"/url",schemaPath:"#/definitions/gitUrl/format",keyword:"format",params:{format: "git-address"},message:"must match format \""+"git-address"+"\"",schema:"git-address",parentSchema:schema22,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/url",schemaPath:"#/definitions/gitUrl/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema22.type,parentSchema:schema22,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.ref !== undefined){
let data1 = data.ref;
if(typeof data1 === "string"){
if(!(formats8(data1))){
const err6 = {instancePath:instancePath+"/ref",schemaPath:"#/definitions/gitRef/format",keyword:"format",params:{format: "git-ref"},message:"must match format \""+"git-ref"+"\"",schema:"git-ref",parentSchema:schema23,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/ref",schemaPath:"#/definitions/gitRef/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema23.type,parentSchema:schema23,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.directory !== undefined){
let data2 = data.directory;
if(typeof data2 === "string"){
if(!pattern1.test(data2)){
const err8 = {instancePath:instancePath+"/directory",schemaPath:"#/definitions/gitDirectory/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema24,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/directory",schemaPath:"#/definitions/gitDirectory/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema24.type,parentSchema:schema24,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.credentials !== undefined){
if(!(validate18(data.credentials, {instancePath:instancePath+"/credentials",parentData:data,parentDataProperty:"credentials",rootData}))){
vErrors = vErrors === null ? validate18.errors : vErrors.concat(validate18.errors);
errors = vErrors.length;
}
}
if(data.submodules !== undefined){
let data4 = data.submodules;
if(typeof data4 !== "boolean"){
const err10 = {instancePath:instancePath+"/submodules",schemaPath:"#/definitions/submodules/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema31.type,parentSchema:schema31,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.lfs !== undefined){
let data5 = data.lfs;
if(typeof data5 !== "boolean"){
const err11 = {instancePath:instancePath+"/lfs",schemaPath:"#/definitions/lfs/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema32.type,parentSchema:schema32,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.workflow !== undefined){
let data6 = data.workflow;
if(typeof data6 === "string"){
if(!pattern7.test(data6)){
const err12 = {instancePath:instancePath+"/workflow",schemaPath:"#/definitions/workflow/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$"},message:"must match pattern \""+"^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$"+"\"",schema:"^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$",parentSchema:schema33,data:data6};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
else {
const err13 = {instancePath:instancePath+"/workflow",schemaPath:"#/definitions/workflow/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data6};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
validate17.errors = vErrors;
return errors === 0;
}

const schema35 = {"errorMessage":"expected a mapping with url or path","type":"object","additionalProperties":false,"minProperties":1,"properties":{"url":{"$ref":"#/definitions/archiveUrl"},"path":{"$ref":"#/definitions/archivePath"},"digest":{"$ref":"#/definitions/archiveDigest"},"directory":{"$ref":"#/definitions/archiveDirectory"},"credentials":{"$ref":"#/definitions/archiveCredentials"}}};
const schema36 = {"errorMessage":"expected the address of an archive: https:// and a host","type":"string","format":"archive-address"};
const schema37 = {"errorMessage":"expected the path of an archive, without leading - or ~","type":"string","pattern":"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"};
const schema38 = {"errorMessage":"expected sha256: and 64 hex digits","type":"string","pattern":"^sha256:[0-9a-f]{64}$"};
const schema39 = {"errorMessage":"expected a path below the archive's root: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const formats10 = checks["archive-address"];
const schema40 = {"errorMessage":"expected variable or file","type":"object","additionalProperties":false,"minProperties":1,"maxProperties":2,"properties":{"variable":{"$ref":"#/definitions/variableName"},"file":{"$ref":"#/definitions/filePath"},"user":{"$ref":"#/definitions/archiveUser"}}};
const schema43 = {"errorMessage":"expected a user name without spaces, colon, @ or /","type":"string","pattern":"^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$"};

function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(Object.keys(data).length > 2){
const err0 = {instancePath,schemaPath:"#/maxProperties",keyword:"maxProperties",params:{limit: 2},message:"must NOT have more than 2 properties",schema:2,parentSchema:schema40,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(Object.keys(data).length < 1){
const err1 = {instancePath,schemaPath:"#/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema40,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "variable") || (key0 === "file")) || (key0 === "user"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema40,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.variable !== undefined){
let data0 = data.variable;
if(typeof data0 === "string"){
if(!pattern2.test(data0)){
const err3 = {instancePath:instancePath+"/variable",schemaPath:"#/definitions/variableName/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\"",schema:"^[A-Za-z_][A-Za-z0-9_]*$",parentSchema:schema26,data:data0};
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
const err4 = {instancePath:instancePath+"/variable",schemaPath:"#/definitions/variableName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema26.type,parentSchema:schema26,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.file !== undefined){
let data1 = data.file;
if(typeof data1 === "string"){
if(!pattern3.test(data1)){
const err5 = {instancePath:instancePath+"/file",schemaPath:"#/definitions/filePath/pattern",keyword:"pattern",params:{pattern: "^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"},message:"must match pattern \""+"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"+"\"",schema:"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$",parentSchema:schema27,data:data1};
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
const err6 = {instancePath:instancePath+"/file",schemaPath:"#/definitions/filePath/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema27.type,parentSchema:schema27,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.user !== undefined){
let data2 = data.user;
if(typeof data2 === "string"){
if(!pattern4.test(data2)){
const err7 = {instancePath:instancePath+"/user",schemaPath:"#/definitions/archiveUser/pattern",keyword:"pattern",params:{pattern: "^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$"},message:"must match pattern \""+"^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$"+"\"",schema:"^[^\\s:@/\\u0000-\\u001f\\u007f-][^\\s:@/\\u0000-\\u001f\\u007f]*$",parentSchema:schema43,data:data2};
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
const err8 = {instancePath:instancePath+"/user",schemaPath:"#/definitions/archiveUser/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema43.type,parentSchema:schema43,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
else {
const err9 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema40.type,parentSchema:schema40,data};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
validate22.errors = vErrors;
return errors === 0;
}


function validate21(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(Object.keys(data).length < 1){
const err0 = {instancePath,schemaPath:"#/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema35,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "url") || (key0 === "path")) || (key0 === "digest")) || (key0 === "directory")) || (key0 === "credentials"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema35,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.url !== undefined){
let data0 = data.url;
if(typeof data0 === "string"){
if(!(formats10(data0))){
const err2 = {instancePath:instancePath+"/url",schemaPath:"#/definitions/archiveUrl/format",keyword:"format",params:{format: "archive-address"},message:"must match format \""+"archive-address"+"\"",schema:"archive-address",parentSchema:schema36,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/url",schemaPath:"#/definitions/archiveUrl/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema36.type,parentSchema:schema36,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.path !== undefined){
let data1 = data.path;
if(typeof data1 === "string"){
if(!pattern3.test(data1)){
const err4 = {instancePath:instancePath+"/path",schemaPath:"#/definitions/archivePath/pattern",keyword:"pattern",params:{pattern: "^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"},message:"must match pattern \""+"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"+"\"",schema:"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$",parentSchema:schema37,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/path",schemaPath:"#/definitions/archivePath/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema37.type,parentSchema:schema37,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.digest !== undefined){
let data2 = data.digest;
if(typeof data2 === "string"){
if(!pattern10.test(data2)){
const err6 = {instancePath:instancePath+"/digest",schemaPath:"#/definitions/archiveDigest/pattern",keyword:"pattern",params:{pattern: "^sha256:[0-9a-f]{64}$"},message:"must match pattern \""+"^sha256:[0-9a-f]{64}$"+"\"",schema:"^sha256:[0-9a-f]{64}$",parentSchema:schema38,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/digest",schemaPath:"#/definitions/archiveDigest/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema38.type,parentSchema:schema38,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.directory !== undefined){
let data3 = data.directory;
if(typeof data3 === "string"){
if(!pattern1.test(data3)){
const err8 = {instancePath:instancePath+"/directory",schemaPath:"#/definitions/archiveDirectory/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema39,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/directory",schemaPath:"#/definitions/archiveDirectory/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema39.type,parentSchema:schema39,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.credentials !== undefined){
if(!(validate22(data.credentials, {instancePath:instancePath+"/credentials",parentData:data,parentDataProperty:"credentials",rootData}))){
vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors);
errors = vErrors.length;
}
}
}
else {
const err10 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema35.type,parentSchema:schema35,data};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
validate21.errors = vErrors;
return errors === 0;
}

const schema44 = {"errorMessage":"expected a mapping with suite and packages","type":"object","additionalProperties":false,"required":["suite"],"properties":{"suite":{"$ref":"#/definitions/suite"},"variant":{"$ref":"#/definitions/variant"},"packages":{"$ref":"#/definitions/packages"},"components":{"$ref":"#/definitions/components"},"mirror":{"$ref":"#/definitions/mirror"}}};
const schema45 = {"errorMessage":"expected the code name of a Debian release such as trixie","type":"string","pattern":"^[a-z0-9]+(?:[.-][a-z0-9]+)*$"};
const schema46 = {"errorMessage":"expected extract or minbase","type":"string","enum":["extract","minbase"]};
const schema51 = {"errorMessage":"expected an http, https or file address without user and password, spaces or brackets","type":"string","pattern":"^(?:https?://[A-Za-z0-9._:-]+|file:/)(?:/[A-Za-z0-9._~%+,=:/-]*)?$"};
const pattern15 = new RegExp("^[a-z0-9]+(?:[.-][a-z0-9]+)*$", "u");
const pattern18 = new RegExp("^(?:https?://[A-Za-z0-9._:-]+|file:/)(?:/[A-Za-z0-9._~%+,=:/-]*)?$", "u");
const schema47 = {"errorMessage":"expected a list of package names","type":"array","minItems":1,"uniqueItems":true,"items":{"$ref":"#/definitions/package"}};
const schema48 = {"errorMessage":"expected the name of a Debian package, without version or architecture","type":"string","pattern":"^[a-z0-9](?:[a-z0-9+.-]*[a-z0-9+.])?$"};
const pattern16 = new RegExp("^[a-z0-9](?:[a-z0-9+.-]*[a-z0-9+.])?$", "u");

function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length < 1){
const err0 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema47,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 === "string"){
if(!pattern16.test(data0)){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/package/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9](?:[a-z0-9+.-]*[a-z0-9+.])?$"},message:"must match pattern \""+"^[a-z0-9](?:[a-z0-9+.-]*[a-z0-9+.])?$"+"\"",schema:"^[a-z0-9](?:[a-z0-9+.-]*[a-z0-9+.])?$",parentSchema:schema48,data:data0};
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
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/package/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema48.type,parentSchema:schema48,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
let i1 = data.length;
let j0;
if(i1 > 1){
outer0:
for(;i1--;){
for(j0 = i1; j0--;){
if(func0(data[i1], data[j0])){
const err3 = {instancePath,schemaPath:"#/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema47,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema47.type,parentSchema:schema47,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate26.errors = vErrors;
return errors === 0;
}

const schema49 = {"errorMessage":"expected a list of components such as main","type":"array","minItems":1,"uniqueItems":true,"items":{"$ref":"#/definitions/component"}};
const schema50 = {"errorMessage":"expected the name of a component such as main","type":"string","pattern":"^[a-z0-9]+(?:[./-][a-z0-9]+)*$"};
const pattern17 = new RegExp("^[a-z0-9]+(?:[./-][a-z0-9]+)*$", "u");

function validate28(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length < 1){
const err0 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema49,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 === "string"){
if(!pattern17.test(data0)){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/component/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]+(?:[./-][a-z0-9]+)*$"},message:"must match pattern \""+"^[a-z0-9]+(?:[./-][a-z0-9]+)*$"+"\"",schema:"^[a-z0-9]+(?:[./-][a-z0-9]+)*$",parentSchema:schema50,data:data0};
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
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/component/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
let i1 = data.length;
let j0;
if(i1 > 1){
outer0:
for(;i1--;){
for(j0 = i1; j0--;){
if(func0(data[i1], data[j0])){
const err3 = {instancePath,schemaPath:"#/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema49,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema49.type,parentSchema:schema49,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate28.errors = vErrors;
return errors === 0;
}


function validate25(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.suite === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "suite"},message:"must have required property '"+"suite"+"'",schema:schema44.required,parentSchema:schema44,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "suite") || (key0 === "variant")) || (key0 === "packages")) || (key0 === "components")) || (key0 === "mirror"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema44,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.suite !== undefined){
let data0 = data.suite;
if(typeof data0 === "string"){
if(!pattern15.test(data0)){
const err2 = {instancePath:instancePath+"/suite",schemaPath:"#/definitions/suite/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]+(?:[.-][a-z0-9]+)*$"},message:"must match pattern \""+"^[a-z0-9]+(?:[.-][a-z0-9]+)*$"+"\"",schema:"^[a-z0-9]+(?:[.-][a-z0-9]+)*$",parentSchema:schema45,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/suite",schemaPath:"#/definitions/suite/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.variant !== undefined){
let data1 = data.variant;
if(typeof data1 !== "string"){
const err4 = {instancePath:instancePath+"/variant",schemaPath:"#/definitions/variant/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema46.type,parentSchema:schema46,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(!((data1 === "extract") || (data1 === "minbase"))){
const err5 = {instancePath:instancePath+"/variant",schemaPath:"#/definitions/variant/enum",keyword:"enum",params:{allowedValues: schema46.enum},message:"must be equal to one of the allowed values",schema:schema46.enum,parentSchema:schema46,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.packages !== undefined){
if(!(validate26(data.packages, {instancePath:instancePath+"/packages",parentData:data,parentDataProperty:"packages",rootData}))){
vErrors = vErrors === null ? validate26.errors : vErrors.concat(validate26.errors);
errors = vErrors.length;
}
}
if(data.components !== undefined){
if(!(validate28(data.components, {instancePath:instancePath+"/components",parentData:data,parentDataProperty:"components",rootData}))){
vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors);
errors = vErrors.length;
}
}
if(data.mirror !== undefined){
let data4 = data.mirror;
if(typeof data4 === "string"){
if(!pattern18.test(data4)){
const err6 = {instancePath:instancePath+"/mirror",schemaPath:"#/definitions/mirror/pattern",keyword:"pattern",params:{pattern: "^(?:https?://[A-Za-z0-9._:-]+|file:/)(?:/[A-Za-z0-9._~%+,=:/-]*)?$"},message:"must match pattern \""+"^(?:https?://[A-Za-z0-9._:-]+|file:/)(?:/[A-Za-z0-9._~%+,=:/-]*)?$"+"\"",schema:"^(?:https?://[A-Za-z0-9._:-]+|file:/)(?:/[A-Za-z0-9._~%+,=:/-]*)?$",parentSchema:schema51,data:data4};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/mirror",schemaPath:"#/definitions/mirror/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema51.type,parentSchema:schema51,data:data4};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema44.type,parentSchema:schema44,data};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
validate25.errors = vErrors;
return errors === 0;
}

const pattern19 = new RegExp("^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$", "u");

function validate16(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(Object.keys(data).length < 1){
const err0 = {instancePath,schemaPath:"#/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema20,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(func2.call(schema20.properties, key0))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema20,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.git !== undefined){
if(!(validate17(data.git, {instancePath:instancePath+"/git",parentData:data,parentDataProperty:"git",rootData}))){
vErrors = vErrors === null ? validate17.errors : vErrors.concat(validate17.errors);
errors = vErrors.length;
}
}
if(data.folder !== undefined){
let data1 = data.folder;
if(typeof data1 === "string"){
if(!pattern3.test(data1)){
const err2 = {instancePath:instancePath+"/folder",schemaPath:"#/definitions/folder/pattern",keyword:"pattern",params:{pattern: "^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"},message:"must match pattern \""+"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"+"\"",schema:"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$",parentSchema:schema34,data:data1};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/folder",schemaPath:"#/definitions/folder/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema34.type,parentSchema:schema34,data:data1};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.archive !== undefined){
if(!(validate21(data.archive, {instancePath:instancePath+"/archive",parentData:data,parentDataProperty:"archive",rootData}))){
vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
errors = vErrors.length;
}
}
if(data.debian !== undefined){
if(!(validate25(data.debian, {instancePath:instancePath+"/debian",parentData:data,parentDataProperty:"debian",rootData}))){
vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors);
errors = vErrors.length;
}
}
if(data.provider !== undefined){
let data4 = data.provider;
if(typeof data4 !== "string"){
const err4 = {instancePath:instancePath+"/provider",schemaPath:"#/definitions/provider/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema52.type,parentSchema:schema52,data:data4};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(!((data4 === "github") || (data4 === "gitlab"))){
const err5 = {instancePath:instancePath+"/provider",schemaPath:"#/definitions/provider/enum",keyword:"enum",params:{allowedValues: schema52.enum},message:"must be equal to one of the allowed values",schema:schema52.enum,parentSchema:schema52,data:data4};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.repo !== undefined){
let data5 = data.repo;
if(typeof data5 === "string"){
if(!pattern19.test(data5)){
const err6 = {instancePath:instancePath+"/repo",schemaPath:"#/definitions/repo/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$"},message:"must match pattern \""+"^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$"+"\"",schema:"^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$",parentSchema:schema53,data:data5};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/repo",schemaPath:"#/definitions/repo/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema53.type,parentSchema:schema53,data:data5};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.branch !== undefined){
let data6 = data.branch;
if(typeof data6 === "string"){
if(!(formats8(data6))){
const err8 = {instancePath:instancePath+"/branch",schemaPath:"#/definitions/branch/format",keyword:"format",params:{format: "git-ref"},message:"must match format \""+"git-ref"+"\"",schema:"git-ref",parentSchema:schema54,data:data6};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/branch",schemaPath:"#/definitions/branch/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema54.type,parentSchema:schema54,data:data6};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.dockerfile !== undefined){
let data7 = data.dockerfile;
if(typeof data7 === "string"){
if(!pattern1.test(data7)){
const err10 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/sourceDockerfile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema55,data:data7};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
else {
const err11 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/sourceDockerfile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema55.type,parentSchema:schema55,data:data7};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.workflow !== undefined){
let data8 = data.workflow;
if(typeof data8 === "string"){
if(!pattern7.test(data8)){
const err12 = {instancePath:instancePath+"/workflow",schemaPath:"#/definitions/repoWorkflow/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$"},message:"must match pattern \""+"^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$"+"\"",schema:"^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]{1,100}$",parentSchema:schema56,data:data8};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
else {
const err13 = {instancePath:instancePath+"/workflow",schemaPath:"#/definitions/repoWorkflow/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema56.type,parentSchema:schema56,data:data8};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
else {
const err14 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema20.type,parentSchema:schema20,data};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
validate16.errors = vErrors;
return errors === 0;
}

const schema60 = {"errorMessage":"expected a mapping of ARG names and texts","type":"object","propertyNames":{"$ref":"#/definitions/argName"},"additionalProperties":{"$ref":"#/definitions/value"}};
const schema61 = {"errorMessage":"expected the name of an ARG, other than SOURCE_DATE_EPOCH and those of the platform (TARGETARCH and the like)","type":"string","pattern":"^(?!(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$)(?!SOURCE_DATE_EPOCH$)[A-Za-z_][A-Za-z0-9_]*$"};
const schema62 = {"type":"string","format":"value"};
const pattern25 = new RegExp("^(?!(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$)(?!SOURCE_DATE_EPOCH$)[A-Za-z_][A-Za-z0-9_]*$", "u");
const formats14 = checks.value;

function validate32(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
const _errs1 = errors;
if(typeof key0 === "string"){
if(!pattern25.test(key0)){
const err0 = {instancePath,schemaPath:"#/definitions/argName/pattern",keyword:"pattern",params:{pattern: "^(?!(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$)(?!SOURCE_DATE_EPOCH$)[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^(?!(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$)(?!SOURCE_DATE_EPOCH$)[A-Za-z_][A-Za-z0-9_]*$"+"\"",schema:"^(?!(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$)(?!SOURCE_DATE_EPOCH$)[A-Za-z_][A-Za-z0-9_]*$",parentSchema:schema61,data:key0,propertyName:key0};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"#/definitions/argName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema61.type,parentSchema:schema61,data:key0,propertyName:key0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
var valid0 = _errs1 === errors;
if(!valid0){
const err2 = {instancePath,schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName: key0},message:"property name must be valid",schema:schema60.propertyNames,parentSchema:schema60,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
for(const key1 in data){
let data0 = data[key1];
if(typeof data0 === "string"){
if(!(formats14(data0))){
const err3 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/value/format",keyword:"format",params:{format: "value"},message:"must match format \""+"value"+"\"",schema:"value",parentSchema:schema62,data:data0};
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
const err4 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/value/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema62.type,parentSchema:schema62,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema60.type,parentSchema:schema60,data};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate32.errors = vErrors;
return errors === 0;
}

const schema63 = {"errorMessage":"expected a list of secrets","type":"array","items":{"$ref":"#/definitions/secret"}};
const schema64 = {"errorMessage":"expected id and one of env and file","type":"object","additionalProperties":false,"required":["id"],"minProperties":2,"maxProperties":2,"properties":{"id":{"$ref":"#/definitions/secretId"},"env":{"$ref":"#/definitions/variableName"},"file":{"$ref":"#/definitions/filePath"}}};
const schema65 = {"errorMessage":"expected letters, digits and . _ -, not first . or -","type":"string","pattern":"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"};
const pattern26 = new RegExp("^[A-Za-z0-9_][A-Za-z0-9_.-]*$", "u");

function validate35(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(Object.keys(data).length > 2){
const err0 = {instancePath,schemaPath:"#/maxProperties",keyword:"maxProperties",params:{limit: 2},message:"must NOT have more than 2 properties",schema:2,parentSchema:schema64,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(Object.keys(data).length < 2){
const err1 = {instancePath,schemaPath:"#/minProperties",keyword:"minProperties",params:{limit: 2},message:"must NOT have fewer than 2 properties",schema:2,parentSchema:schema64,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.id === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "id"},message:"must have required property '"+"id"+"'",schema:schema64.required,parentSchema:schema64,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "id") || (key0 === "env")) || (key0 === "file"))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema64,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.id !== undefined){
let data0 = data.id;
if(typeof data0 === "string"){
if(!pattern26.test(data0)){
const err4 = {instancePath:instancePath+"/id",schemaPath:"#/definitions/secretId/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"+"\"",schema:"^[A-Za-z0-9_][A-Za-z0-9_.-]*$",parentSchema:schema65,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/id",schemaPath:"#/definitions/secretId/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema65.type,parentSchema:schema65,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.env !== undefined){
let data1 = data.env;
if(typeof data1 === "string"){
if(!pattern2.test(data1)){
const err6 = {instancePath:instancePath+"/env",schemaPath:"#/definitions/variableName/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\"",schema:"^[A-Za-z_][A-Za-z0-9_]*$",parentSchema:schema26,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/env",schemaPath:"#/definitions/variableName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema26.type,parentSchema:schema26,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.file !== undefined){
let data2 = data.file;
if(typeof data2 === "string"){
if(!pattern3.test(data2)){
const err8 = {instancePath:instancePath+"/file",schemaPath:"#/definitions/filePath/pattern",keyword:"pattern",params:{pattern: "^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"},message:"must match pattern \""+"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$"+"\"",schema:"^(?![-~])[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$",parentSchema:schema27,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/file",schemaPath:"#/definitions/filePath/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema27.type,parentSchema:schema27,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
else {
const err10 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema64.type,parentSchema:schema64,data};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
validate35.errors = vErrors;
return errors === 0;
}


function validate34(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate35(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate35.errors : vErrors.concat(validate35.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema63.type,parentSchema:schema63,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate34.errors = vErrors;
return errors === 0;
}

const schema68 = {"errorMessage":"expected a mapping of label names and texts","type":"object","propertyNames":{"$ref":"#/definitions/labelName"},"additionalProperties":{"$ref":"#/definitions/value"}};
const schema69 = {"errorMessage":"expected letters, digits and . _ / -, with a letter or digit at both ends","type":"string","pattern":"^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$"};
const pattern29 = new RegExp("^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$", "u");

function validate38(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
const _errs1 = errors;
if(typeof key0 === "string"){
if(!pattern29.test(key0)){
const err0 = {instancePath,schemaPath:"#/definitions/labelName/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$"},message:"must match pattern \""+"^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$"+"\"",schema:"^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$",parentSchema:schema69,data:key0,propertyName:key0};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"#/definitions/labelName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema69.type,parentSchema:schema69,data:key0,propertyName:key0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
var valid0 = _errs1 === errors;
if(!valid0){
const err2 = {instancePath,schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName: key0},message:"property name must be valid",schema:schema68.propertyNames,parentSchema:schema68,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
for(const key1 in data){
let data0 = data[key1];
if(typeof data0 === "string"){
if(!(formats14(data0))){
const err3 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/value/format",keyword:"format",params:{format: "value"},message:"must match format \""+"value"+"\"",schema:"value",parentSchema:schema62,data:data0};
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
const err4 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/value/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema62.type,parentSchema:schema62,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema68.type,parentSchema:schema68,data};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate38.errors = vErrors;
return errors === 0;
}

const schema71 = {"errorMessage":"expected a mapping of annotation names and texts","type":"object","propertyNames":{"$ref":"#/definitions/annotationName"},"additionalProperties":{"$ref":"#/definitions/value"}};
const schema72 = {"errorMessage":"expected letters, digits and . _ / -, with a letter or digit at both ends, and no name that the factory writes (org.opencontainers.image.base.…, org.opencontainers.image.ref.name)","type":"string","pattern":"^(?!org\\.opencontainers\\.image\\.(?:base\\.|ref\\.name$))[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$"};
const pattern30 = new RegExp("^(?!org\\.opencontainers\\.image\\.(?:base\\.|ref\\.name$))[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$", "u");

function validate40(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
const _errs1 = errors;
if(typeof key0 === "string"){
if(!pattern30.test(key0)){
const err0 = {instancePath,schemaPath:"#/definitions/annotationName/pattern",keyword:"pattern",params:{pattern: "^(?!org\\.opencontainers\\.image\\.(?:base\\.|ref\\.name$))[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$"},message:"must match pattern \""+"^(?!org\\.opencontainers\\.image\\.(?:base\\.|ref\\.name$))[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$"+"\"",schema:"^(?!org\\.opencontainers\\.image\\.(?:base\\.|ref\\.name$))[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$",parentSchema:schema72,data:key0,propertyName:key0};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"#/definitions/annotationName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema72.type,parentSchema:schema72,data:key0,propertyName:key0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
var valid0 = _errs1 === errors;
if(!valid0){
const err2 = {instancePath,schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName: key0},message:"property name must be valid",schema:schema71.propertyNames,parentSchema:schema71,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
for(const key1 in data){
let data0 = data[key1];
if(typeof data0 === "string"){
if(!(formats14(data0))){
const err3 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/value/format",keyword:"format",params:{format: "value"},message:"must match format \""+"value"+"\"",schema:"value",parentSchema:schema62,data:data0};
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
const err4 = {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/definitions/value/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema62.type,parentSchema:schema62,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema71.type,parentSchema:schema71,data};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate40.errors = vErrors;
return errors === 0;
}

const schema74 = {"errorMessage":"expected a list of tags","type":"array","minItems":1,"uniqueItems":true,"items":{"$ref":"#/definitions/tag"}};
const schema75 = {"errorMessage":"expected a tag","type":"string","format":"tag"};
const formats20 = checks.tag;

function validate42(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length < 1){
const err0 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema74,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 === "string"){
if(!(formats20(data0))){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/tag/format",keyword:"format",params:{format: "tag"},message:"must match format \""+"tag"+"\"",schema:"tag",parentSchema:schema75,data:data0};
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
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/tag/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema75.type,parentSchema:schema75,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
let i1 = data.length;
let j0;
if(i1 > 1){
outer0:
for(;i1--;){
for(j0 = i1; j0--;){
if(func0(data[i1], data[j0])){
const err3 = {instancePath,schemaPath:"#/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema74,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema74.type,parentSchema:schema74,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate42.errors = vErrors;
return errors === 0;
}

const schema76 = {"errorMessage":"expected a mapping with build and scan","type":"object","additionalProperties":false,"properties":{"build":{"$ref":"#/definitions/buildTimeout"},"scan":{"$ref":"#/definitions/scanTimeout"}}};
const schema77 = {"errorMessage":"expected a duration such as 30m, 1h30m or 2d","type":"string","format":"timeout"};
const schema78 = {"errorMessage":"expected a duration such as 30m, 1h30m or 2d","type":"string","format":"timeout"};
const formats22 = checks.timeout;

function validate44(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((key0 === "build") || (key0 === "scan"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema76,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.build !== undefined){
let data0 = data.build;
if(typeof data0 === "string"){
if(!(formats22(data0))){
const err1 = {instancePath:instancePath+"/build",schemaPath:"#/definitions/buildTimeout/format",keyword:"format",params:{format: "timeout"},message:"must match format \""+"timeout"+"\"",schema:"timeout",parentSchema:schema77,data:data0};
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
const err2 = {instancePath:instancePath+"/build",schemaPath:"#/definitions/buildTimeout/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema77.type,parentSchema:schema77,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.scan !== undefined){
let data1 = data.scan;
if(typeof data1 === "string"){
if(!(formats22(data1))){
const err3 = {instancePath:instancePath+"/scan",schemaPath:"#/definitions/scanTimeout/format",keyword:"format",params:{format: "timeout"},message:"must match format \""+"timeout"+"\"",schema:"timeout",parentSchema:schema78,data:data1};
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
const err4 = {instancePath:instancePath+"/scan",schemaPath:"#/definitions/scanTimeout/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema78.type,parentSchema:schema78,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema76.type,parentSchema:schema76,data};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate44.errors = vErrors;
return errors === 0;
}

const schema80 = {"errorMessage":"expected a mapping of scan rules","type":"object","additionalProperties":false,"properties":{"severities":{"$ref":"#/definitions/severities"},"unfixed":{"$ref":"#/definitions/unfixed"},"os":{"$ref":"#/definitions/os"},"database":{"$ref":"#/definitions/database"},"exceptions":{"$ref":"#/definitions/exceptions"}}};
const schema83 = {"type":"boolean"};
const schema84 = {"type":"string","enum":["detect","none"]};
const schema85 = {"type":"string","enum":["official","sample"]};
const schema81 = {"errorMessage":"expected a list of severities","type":"array","minItems":1,"uniqueItems":true,"items":{"$ref":"#/definitions/severity"}};
const schema82 = {"type":"string","enum":["UNKNOWN","LOW","MEDIUM","HIGH","CRITICAL"]};

function validate47(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length < 1){
const err0 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema81,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/severity/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema82.type,parentSchema:schema82,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!(((((data0 === "UNKNOWN") || (data0 === "LOW")) || (data0 === "MEDIUM")) || (data0 === "HIGH")) || (data0 === "CRITICAL"))){
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/severity/enum",keyword:"enum",params:{allowedValues: schema82.enum},message:"must be equal to one of the allowed values",schema:schema82.enum,parentSchema:schema82,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
let i1 = data.length;
let j0;
if(i1 > 1){
outer0:
for(;i1--;){
for(j0 = i1; j0--;){
if(func0(data[i1], data[j0])){
const err3 = {instancePath,schemaPath:"#/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema81,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema81.type,parentSchema:schema81,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate47.errors = vErrors;
return errors === 0;
}

const schema86 = {"errorMessage":"expected a list of exceptions","type":"array","items":{"$ref":"#/definitions/exception"}};
const schema87 = {"errorMessage":"expected a mapping with id, reason, owner and expires","type":"object","additionalProperties":false,"required":["id","reason","owner","expires"],"properties":{"id":{"$ref":"#/definitions/findingId"},"package":{"$ref":"#/definitions/packageName"},"reason":{"$ref":"#/definitions/reason"},"owner":{"$ref":"#/definitions/owner"},"expires":{"$ref":"#/definitions/expires"}}};
const schema88 = {"errorMessage":"expected the id of an advisory such as CVE-2024-1234","type":"string","pattern":"^[A-Za-z0-9]+(?:[.:-][A-Za-z0-9]+)+$"};
const schema89 = {"errorMessage":"expected the name of a package","type":"string","pattern":"^[^\\s\\u0000-\\u001f\\u007f]+$"};
const schema90 = {"errorMessage":"expected a sentence that says why","type":"string","pattern":"\\S"};
const schema91 = {"errorMessage":"expected the name of a person or a team","type":"string","pattern":"\\S"};
const schema92 = {"errorMessage":"expected a day as YYYY-MM-DD","type":"string","format":"day"};
const pattern31 = new RegExp("^[A-Za-z0-9]+(?:[.:-][A-Za-z0-9]+)+$", "u");
const pattern32 = new RegExp("^[^\\s\\u0000-\\u001f\\u007f]+$", "u");
const pattern33 = new RegExp("\\S", "u");

function validate50(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.id === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "id"},message:"must have required property '"+"id"+"'",schema:schema87.required,parentSchema:schema87,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.reason === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "reason"},message:"must have required property '"+"reason"+"'",schema:schema87.required,parentSchema:schema87,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.owner === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "owner"},message:"must have required property '"+"owner"+"'",schema:schema87.required,parentSchema:schema87,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.expires === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "expires"},message:"must have required property '"+"expires"+"'",schema:schema87.required,parentSchema:schema87,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "id") || (key0 === "package")) || (key0 === "reason")) || (key0 === "owner")) || (key0 === "expires"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema87,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.id !== undefined){
let data0 = data.id;
if(typeof data0 === "string"){
if(!pattern31.test(data0)){
const err5 = {instancePath:instancePath+"/id",schemaPath:"#/definitions/findingId/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9]+(?:[.:-][A-Za-z0-9]+)+$"},message:"must match pattern \""+"^[A-Za-z0-9]+(?:[.:-][A-Za-z0-9]+)+$"+"\"",schema:"^[A-Za-z0-9]+(?:[.:-][A-Za-z0-9]+)+$",parentSchema:schema88,data:data0};
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
const err6 = {instancePath:instancePath+"/id",schemaPath:"#/definitions/findingId/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema88.type,parentSchema:schema88,data:data0};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.package !== undefined){
let data1 = data.package;
if(typeof data1 === "string"){
if(!pattern32.test(data1)){
const err7 = {instancePath:instancePath+"/package",schemaPath:"#/definitions/packageName/pattern",keyword:"pattern",params:{pattern: "^[^\\s\\u0000-\\u001f\\u007f]+$"},message:"must match pattern \""+"^[^\\s\\u0000-\\u001f\\u007f]+$"+"\"",schema:"^[^\\s\\u0000-\\u001f\\u007f]+$",parentSchema:schema89,data:data1};
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
const err8 = {instancePath:instancePath+"/package",schemaPath:"#/definitions/packageName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema89.type,parentSchema:schema89,data:data1};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.reason !== undefined){
let data2 = data.reason;
if(typeof data2 === "string"){
if(!pattern33.test(data2)){
const err9 = {instancePath:instancePath+"/reason",schemaPath:"#/definitions/reason/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema90,data:data2};
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
const err10 = {instancePath:instancePath+"/reason",schemaPath:"#/definitions/reason/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema90.type,parentSchema:schema90,data:data2};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.owner !== undefined){
let data3 = data.owner;
if(typeof data3 === "string"){
if(!pattern33.test(data3)){
const err11 = {instancePath:instancePath+"/owner",schemaPath:"#/definitions/owner/pattern",keyword:"pattern",params:{pattern: "\\S"},message:"must match pattern \""+"\\S"+"\"",schema:"\\S",parentSchema:schema91,data:data3};
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
const err12 = {instancePath:instancePath+"/owner",schemaPath:"#/definitions/owner/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema91.type,parentSchema:schema91,data:data3};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.expires !== undefined){
let data4 = data.expires;
if(typeof data4 === "string"){
if(!(formats26(data4))){
const err13 = {instancePath:instancePath+"/expires",schemaPath:"#/definitions/expires/format",keyword:"format",params:{format: "day"},message:"must match format \""+"day"+"\"",schema:"day",parentSchema:schema92,data:data4};
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
const err14 = {instancePath:instancePath+"/expires",schemaPath:"#/definitions/expires/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema92.type,parentSchema:schema92,data:data4};
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
const err15 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema87.type,parentSchema:schema87,data};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
validate50.errors = vErrors;
return errors === 0;
}


function validate49(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate50(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate50.errors : vErrors.concat(validate50.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema86.type,parentSchema:schema86,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate49.errors = vErrors;
return errors === 0;
}


function validate46(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(((((key0 === "severities") || (key0 === "unfixed")) || (key0 === "os")) || (key0 === "database")) || (key0 === "exceptions"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema80,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.severities !== undefined){
if(!(validate47(data.severities, {instancePath:instancePath+"/severities",parentData:data,parentDataProperty:"severities",rootData}))){
vErrors = vErrors === null ? validate47.errors : vErrors.concat(validate47.errors);
errors = vErrors.length;
}
}
if(data.unfixed !== undefined){
let data1 = data.unfixed;
if(typeof data1 !== "boolean"){
const err1 = {instancePath:instancePath+"/unfixed",schemaPath:"#/definitions/unfixed/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema83.type,parentSchema:schema83,data:data1};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.os !== undefined){
let data2 = data.os;
if(typeof data2 !== "string"){
const err2 = {instancePath:instancePath+"/os",schemaPath:"#/definitions/os/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema84.type,parentSchema:schema84,data:data2};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!((data2 === "detect") || (data2 === "none"))){
const err3 = {instancePath:instancePath+"/os",schemaPath:"#/definitions/os/enum",keyword:"enum",params:{allowedValues: schema84.enum},message:"must be equal to one of the allowed values",schema:schema84.enum,parentSchema:schema84,data:data2};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.database !== undefined){
let data3 = data.database;
if(typeof data3 !== "string"){
const err4 = {instancePath:instancePath+"/database",schemaPath:"#/definitions/database/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema85.type,parentSchema:schema85,data:data3};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(!((data3 === "official") || (data3 === "sample"))){
const err5 = {instancePath:instancePath+"/database",schemaPath:"#/definitions/database/enum",keyword:"enum",params:{allowedValues: schema85.enum},message:"must be equal to one of the allowed values",schema:schema85.enum,parentSchema:schema85,data:data3};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.exceptions !== undefined){
if(!(validate49(data.exceptions, {instancePath:instancePath+"/exceptions",parentData:data,parentDataProperty:"exceptions",rootData}))){
vErrors = vErrors === null ? validate49.errors : vErrors.concat(validate49.errors);
errors = vErrors.length;
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema80.type,parentSchema:schema80,data};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate46.errors = vErrors;
return errors === 0;
}

const schema95 = {"errorMessage":"expected a mapping with cron","type":"object","additionalProperties":false,"required":["cron"],"properties":{"cron":{"$ref":"#/definitions/cron"},"timeZone":{"$ref":"#/definitions/timeZone"}}};
const schema96 = {"errorMessage":"expected five cron fields such as 0 3 * * 1","type":"string","format":"cron"};
const schema97 = {"errorMessage":"expected a time zone such as Europe/Berlin","type":"string","format":"time-zone"};
const formats30 = checks.cron;
const formats32 = checks["time-zone"];

function validate54(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.cron === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "cron"},message:"must have required property '"+"cron"+"'",schema:schema95.required,parentSchema:schema95,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!((key0 === "cron") || (key0 === "timeZone"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema95,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.cron !== undefined){
let data0 = data.cron;
if(typeof data0 === "string"){
if(!(formats30(data0))){
const err2 = {instancePath:instancePath+"/cron",schemaPath:"#/definitions/cron/format",keyword:"format",params:{format: "cron"},message:"must match format \""+"cron"+"\"",schema:"cron",parentSchema:schema96,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/cron",schemaPath:"#/definitions/cron/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema96.type,parentSchema:schema96,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.timeZone !== undefined){
let data1 = data.timeZone;
if(typeof data1 === "string"){
if(!(formats32(data1))){
const err4 = {instancePath:instancePath+"/timeZone",schemaPath:"#/definitions/timeZone/format",keyword:"format",params:{format: "time-zone"},message:"must match format \""+"time-zone"+"\"",schema:"time-zone",parentSchema:schema97,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/timeZone",schemaPath:"#/definitions/timeZone/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema97.type,parentSchema:schema97,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema95.type,parentSchema:schema95,data};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate54.errors = vErrors;
return errors === 0;
}

const schema98 = {"errorMessage":"expected a mapping with last, for and tags","type":"object","additionalProperties":false,"properties":{"last":{"$ref":"#/definitions/keepLast"},"for":{"$ref":"#/definitions/keepFor"},"tags":{"$ref":"#/definitions/keepTags"}}};
const schema99 = {"errorMessage":"expected a whole number from 1 to 100000","type":"integer","minimum":1,"maximum":100000};
const schema100 = {"errorMessage":"expected a duration such as 12h or 7d","type":"string","format":"delay"};
const schema101 = {"errorMessage":"expected a regular expression","type":"string","format":"regular-expression"};

function validate56(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(((key0 === "last") || (key0 === "for")) || (key0 === "tags"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema98,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.last !== undefined){
let data0 = data.last;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err1 = {instancePath:instancePath+"/last",schemaPath:"#/definitions/keepLast/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema99.type,parentSchema:schema99,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 100000 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/last",schemaPath:"#/definitions/keepLast/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000",schema:100000,parentSchema:schema99,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data0 < 1 || isNaN(data0)){
const err3 = {instancePath:instancePath+"/last",schemaPath:"#/definitions/keepLast/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema99,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
if(data.for !== undefined){
let data1 = data.for;
if(typeof data1 === "string"){
if(!(formats28(data1))){
const err4 = {instancePath:instancePath+"/for",schemaPath:"#/definitions/keepFor/format",keyword:"format",params:{format: "delay"},message:"must match format \""+"delay"+"\"",schema:"delay",parentSchema:schema100,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/for",schemaPath:"#/definitions/keepFor/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema100.type,parentSchema:schema100,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.tags !== undefined){
let data2 = data.tags;
if(typeof data2 === "string"){
if(!(formats36(data2))){
const err6 = {instancePath:instancePath+"/tags",schemaPath:"#/definitions/keepTags/format",keyword:"format",params:{format: "regular-expression"},message:"must match format \""+"regular-expression"+"\"",schema:"regular-expression",parentSchema:schema101,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/tags",schemaPath:"#/definitions/keepTags/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema101.type,parentSchema:schema101,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema98.type,parentSchema:schema98,data};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
validate56.errors = vErrors;
return errors === 0;
}

const schema105 = {"errorMessage":"expected a list of tags","type":"array","minItems":1,"uniqueItems":true,"items":{"$ref":"#/definitions/ignoredTag"}};
const schema106 = {"errorMessage":"expected a tag","type":"string","format":"registry-tag"};
const formats42 = checks["registry-tag"];

function validate58(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length < 1){
const err0 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema105,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 === "string"){
if(!(formats42(data0))){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/ignoredTag/format",keyword:"format",params:{format: "registry-tag"},message:"must match format \""+"registry-tag"+"\"",schema:"registry-tag",parentSchema:schema106,data:data0};
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
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/ignoredTag/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema106.type,parentSchema:schema106,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
let i1 = data.length;
let j0;
if(i1 > 1){
outer0:
for(;i1--;){
for(j0 = i1; j0--;){
if(func0(data[i1], data[j0])){
const err3 = {instancePath,schemaPath:"#/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema105,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema105.type,parentSchema:schema105,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate58.errors = vErrors;
return errors === 0;
}

const schema111 = {"errorMessage":"expected a mapping of fields of the entry","type":"object","additionalProperties":false,"properties":{"registry":{"$ref":"#/definitions/registry"},"repository":{"$ref":"#/definitions/repository"},"source":{"$ref":"#/definitions/source"},"rebuildDelay":{"$ref":"#/definitions/rebuildDelay"},"autoRebuild":{"$ref":"#/definitions/autoRebuild"},"updates":{"$ref":"#/definitions/updates"}}};

function validate60(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((((((key0 === "registry") || (key0 === "repository")) || (key0 === "source")) || (key0 === "rebuildDelay")) || (key0 === "autoRebuild")) || (key0 === "updates"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema111,data};
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
if(!(formats0(data0))){
const err1 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/format",keyword:"format",params:{format: "registry"},message:"must match format \""+"registry"+"\"",schema:"registry",parentSchema:schema16,data:data0};
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
const err2 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema16.type,parentSchema:schema16,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.repository !== undefined){
let data1 = data.repository;
if(typeof data1 === "string"){
if(!(formats2(data1))){
const err3 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/format",keyword:"format",params:{format: "repository"},message:"must match format \""+"repository"+"\"",schema:"repository",parentSchema:schema17,data:data1};
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
const err4 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema17.type,parentSchema:schema17,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.source !== undefined){
if(!(validate16(data.source, {instancePath:instancePath+"/source",parentData:data,parentDataProperty:"source",rootData}))){
vErrors = vErrors === null ? validate16.errors : vErrors.concat(validate16.errors);
errors = vErrors.length;
}
}
if(data.rebuildDelay !== undefined){
let data3 = data.rebuildDelay;
if(typeof data3 === "string"){
if(!(formats28(data3))){
const err5 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/format",keyword:"format",params:{format: "delay"},message:"must match format \""+"delay"+"\"",schema:"delay",parentSchema:schema93,data:data3};
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
const err6 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema93.type,parentSchema:schema93,data:data3};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.autoRebuild !== undefined){
let data4 = data.autoRebuild;
if(typeof data4 !== "boolean"){
const err7 = {instancePath:instancePath+"/autoRebuild",schemaPath:"#/definitions/autoRebuild/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema94.type,parentSchema:schema94,data:data4};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema111.type,parentSchema:schema111,data};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
validate60.errors = vErrors;
return errors === 0;
}

const schema117 = {"errorMessage":"expected a mapping with dir, dockerfile, versionFile or patchFiles","type":"object","additionalProperties":false,"properties":{"dir":{"$ref":"#/definitions/localDir"},"dockerfile":{"$ref":"#/definitions/localDockerfile"},"versionFile":{"$ref":"#/definitions/versionFile"},"patchFiles":{"$ref":"#/definitions/patchFiles"}}};
const schema118 = {"errorMessage":"expected a path below the folder of this file: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const schema119 = {"errorMessage":"expected a path below the folder of this file: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const schema120 = {"errorMessage":"expected a path below the folder of this file: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};
const schema121 = {"errorMessage":"expected a list of patch files","type":"array","uniqueItems":true,"items":{"$ref":"#/definitions/patchFile"}};
const schema122 = {"errorMessage":"expected a path below the folder of this file: no leading / - or ~, no .., no \\","type":"string","pattern":"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"};

function validate64(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 === "string"){
if(!pattern1.test(data0)){
const err0 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/patchFile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema122,data:data0};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/definitions/patchFile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema122.type,parentSchema:schema122,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
let i1 = data.length;
let j0;
if(i1 > 1){
outer0:
for(;i1--;){
for(j0 = i1; j0--;){
if(func0(data[i1], data[j0])){
const err2 = {instancePath,schemaPath:"#/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)",schema:true,parentSchema:schema121,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err3 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema121.type,parentSchema:schema121,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate64.errors = vErrors;
return errors === 0;
}


function validate63(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((((key0 === "dir") || (key0 === "dockerfile")) || (key0 === "versionFile")) || (key0 === "patchFiles"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema117,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.dir !== undefined){
let data0 = data.dir;
if(typeof data0 === "string"){
if(!pattern1.test(data0)){
const err1 = {instancePath:instancePath+"/dir",schemaPath:"#/definitions/localDir/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema118,data:data0};
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
const err2 = {instancePath:instancePath+"/dir",schemaPath:"#/definitions/localDir/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema118.type,parentSchema:schema118,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.dockerfile !== undefined){
let data1 = data.dockerfile;
if(typeof data1 === "string"){
if(!pattern1.test(data1)){
const err3 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/localDockerfile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema119,data:data1};
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
const err4 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/localDockerfile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema119.type,parentSchema:schema119,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.versionFile !== undefined){
let data2 = data.versionFile;
if(typeof data2 === "string"){
if(!pattern1.test(data2)){
const err5 = {instancePath:instancePath+"/versionFile",schemaPath:"#/definitions/versionFile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema120,data:data2};
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
const err6 = {instancePath:instancePath+"/versionFile",schemaPath:"#/definitions/versionFile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema120.type,parentSchema:schema120,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.patchFiles !== undefined){
if(!(validate64(data.patchFiles, {instancePath:instancePath+"/patchFiles",parentData:data,parentDataProperty:"patchFiles",rootData}))){
vErrors = vErrors === null ? validate64.errors : vErrors.concat(validate64.errors);
errors = vErrors.length;
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema117.type,parentSchema:schema117,data};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate63.errors = vErrors;
return errors === 0;
}


function validate87(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema14.required,parentSchema:schema14,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(func2.call(schema14.properties, key0))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema14,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.name !== undefined){
let data0 = data.name;
if(typeof data0 === "string"){
if(func3(data0) > 128){
const err2 = {instancePath:instancePath+"/name",schemaPath:"#/definitions/name/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters",schema:128,parentSchema:schema15,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!pattern0.test(data0)){
const err3 = {instancePath:instancePath+"/name",schemaPath:"#/definitions/name/pattern",keyword:"pattern",params:{pattern: "^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$"},message:"must match pattern \""+"^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$"+"\"",schema:"^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$",parentSchema:schema15,data:data0};
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
const err4 = {instancePath:instancePath+"/name",schemaPath:"#/definitions/name/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema15.type,parentSchema:schema15,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.registry !== undefined){
let data1 = data.registry;
if(typeof data1 === "string"){
if(!(formats0(data1))){
const err5 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/format",keyword:"format",params:{format: "registry"},message:"must match format \""+"registry"+"\"",schema:"registry",parentSchema:schema16,data:data1};
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
const err6 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema16.type,parentSchema:schema16,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.repository !== undefined){
let data2 = data.repository;
if(typeof data2 === "string"){
if(!(formats2(data2))){
const err7 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/format",keyword:"format",params:{format: "repository"},message:"must match format \""+"repository"+"\"",schema:"repository",parentSchema:schema17,data:data2};
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
const err8 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema17.type,parentSchema:schema17,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.platforms !== undefined){
if(!(validate14(data.platforms, {instancePath:instancePath+"/platforms",parentData:data,parentDataProperty:"platforms",rootData}))){
vErrors = vErrors === null ? validate14.errors : vErrors.concat(validate14.errors);
errors = vErrors.length;
}
}
if(data.source !== undefined){
if(!(validate16(data.source, {instancePath:instancePath+"/source",parentData:data,parentDataProperty:"source",rootData}))){
vErrors = vErrors === null ? validate16.errors : vErrors.concat(validate16.errors);
errors = vErrors.length;
}
}
if(data.dockerfile !== undefined){
let data5 = data.dockerfile;
if(typeof data5 === "string"){
if(!pattern1.test(data5)){
const err9 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema57,data:data5};
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
const err10 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema57.type,parentSchema:schema57,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.context !== undefined){
let data6 = data.context;
if(typeof data6 === "string"){
if(!pattern1.test(data6)){
const err11 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema58,data:data6};
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
const err12 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema58.type,parentSchema:schema58,data:data6};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.target !== undefined){
let data7 = data.target;
if(typeof data7 === "string"){
if(!pattern24.test(data7)){
const err13 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9_.-]*$",parentSchema:schema59,data:data7};
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
const err14 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema59.type,parentSchema:schema59,data:data7};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.args !== undefined){
if(!(validate32(data.args, {instancePath:instancePath+"/args",parentData:data,parentDataProperty:"args",rootData}))){
vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors);
errors = vErrors.length;
}
}
if(data.secrets !== undefined){
if(!(validate34(data.secrets, {instancePath:instancePath+"/secrets",parentData:data,parentDataProperty:"secrets",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.labels !== undefined){
if(!(validate38(data.labels, {instancePath:instancePath+"/labels",parentData:data,parentDataProperty:"labels",rootData}))){
vErrors = vErrors === null ? validate38.errors : vErrors.concat(validate38.errors);
errors = vErrors.length;
}
}
if(data.annotations !== undefined){
if(!(validate40(data.annotations, {instancePath:instancePath+"/annotations",parentData:data,parentDataProperty:"annotations",rootData}))){
vErrors = vErrors === null ? validate40.errors : vErrors.concat(validate40.errors);
errors = vErrors.length;
}
}
if(data.tags !== undefined){
if(!(validate42(data.tags, {instancePath:instancePath+"/tags",parentData:data,parentDataProperty:"tags",rootData}))){
vErrors = vErrors === null ? validate42.errors : vErrors.concat(validate42.errors);
errors = vErrors.length;
}
}
if(data.timeouts !== undefined){
if(!(validate44(data.timeouts, {instancePath:instancePath+"/timeouts",parentData:data,parentDataProperty:"timeouts",rootData}))){
vErrors = vErrors === null ? validate44.errors : vErrors.concat(validate44.errors);
errors = vErrors.length;
}
}
if(data.network !== undefined){
let data14 = data.network;
if(typeof data14 !== "string"){
const err15 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema79.type,parentSchema:schema79,data:data14};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(!((data14 === "default") || (data14 === "none"))){
const err16 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/enum",keyword:"enum",params:{allowedValues: schema79.enum},message:"must be equal to one of the allowed values",schema:schema79.enum,parentSchema:schema79,data:data14};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.scan !== undefined){
if(!(validate46(data.scan, {instancePath:instancePath+"/scan",parentData:data,parentDataProperty:"scan",rootData}))){
vErrors = vErrors === null ? validate46.errors : vErrors.concat(validate46.errors);
errors = vErrors.length;
}
}
if(data.rebuildDelay !== undefined){
let data16 = data.rebuildDelay;
if(typeof data16 === "string"){
if(!(formats28(data16))){
const err17 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/format",keyword:"format",params:{format: "delay"},message:"must match format \""+"delay"+"\"",schema:"delay",parentSchema:schema93,data:data16};
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
const err18 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema93.type,parentSchema:schema93,data:data16};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data.autoRebuild !== undefined){
let data17 = data.autoRebuild;
if(typeof data17 !== "boolean"){
const err19 = {instancePath:instancePath+"/autoRebuild",schemaPath:"#/definitions/autoRebuild/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema94.type,parentSchema:schema94,data:data17};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.schedule !== undefined){
if(!(validate54(data.schedule, {instancePath:instancePath+"/schedule",parentData:data,parentDataProperty:"schedule",rootData}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.keep !== undefined){
if(!(validate56(data.keep, {instancePath:instancePath+"/keep",parentData:data,parentDataProperty:"keep",rootData}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
if(data.allowTags !== undefined){
let data20 = data.allowTags;
if(typeof data20 === "string"){
if(!(formats36(data20))){
const err20 = {instancePath:instancePath+"/allowTags",schemaPath:"#/definitions/allowTags/format",keyword:"format",params:{format: "regular-expression"},message:"must match format \""+"regular-expression"+"\"",schema:"regular-expression",parentSchema:schema102,data:data20};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/allowTags",schemaPath:"#/definitions/allowTags/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema102.type,parentSchema:schema102,data:data20};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data.imageSelectionStrategy !== undefined){
let data21 = data.imageSelectionStrategy;
if(typeof data21 !== "string"){
const err22 = {instancePath:instancePath+"/imageSelectionStrategy",schemaPath:"#/definitions/imageSelectionStrategy/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema103.type,parentSchema:schema103,data:data21};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(!((((data21 === "Digest") || (data21 === "SemVer")) || (data21 === "Lexical")) || (data21 === "NewestBuild"))){
const err23 = {instancePath:instancePath+"/imageSelectionStrategy",schemaPath:"#/definitions/imageSelectionStrategy/enum",keyword:"enum",params:{allowedValues: schema103.enum},message:"must be equal to one of the allowed values",schema:schema103.enum,parentSchema:schema103,data:data21};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data.constraint !== undefined){
let data22 = data.constraint;
if(typeof data22 === "string"){
if(!(formats40(data22))){
const err24 = {instancePath:instancePath+"/constraint",schemaPath:"#/definitions/constraint/format",keyword:"format",params:{format: "version-range"},message:"must match format \""+"version-range"+"\"",schema:"version-range",parentSchema:schema104,data:data22};
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
const err25 = {instancePath:instancePath+"/constraint",schemaPath:"#/definitions/constraint/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema104.type,parentSchema:schema104,data:data22};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data.ignoreTags !== undefined){
if(!(validate58(data.ignoreTags, {instancePath:instancePath+"/ignoreTags",parentData:data,parentDataProperty:"ignoreTags",rootData}))){
vErrors = vErrors === null ? validate58.errors : vErrors.concat(validate58.errors);
errors = vErrors.length;
}
}
if(data.endOfLife !== undefined){
let data24 = data.endOfLife;
if(typeof data24 === "string"){
if(!(formats26(data24))){
const err26 = {instancePath:instancePath+"/endOfLife",schemaPath:"#/definitions/endOfLife/format",keyword:"format",params:{format: "day"},message:"must match format \""+"day"+"\"",schema:"day",parentSchema:schema107,data:data24};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
else {
const err27 = {instancePath:instancePath+"/endOfLife",schemaPath:"#/definitions/endOfLife/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema107.type,parentSchema:schema107,data:data24};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data.digest !== undefined){
let data25 = data.digest;
if(typeof data25 === "string"){
if(!pattern10.test(data25)){
const err28 = {instancePath:instancePath+"/digest",schemaPath:"#/definitions/digest/pattern",keyword:"pattern",params:{pattern: "^sha256:[0-9a-f]{64}$"},message:"must match pattern \""+"^sha256:[0-9a-f]{64}$"+"\"",schema:"^sha256:[0-9a-f]{64}$",parentSchema:schema108,data:data25};
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
const err29 = {instancePath:instancePath+"/digest",schemaPath:"#/definitions/digest/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema108.type,parentSchema:schema108,data:data25};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data.repoURL !== undefined){
let data26 = data.repoURL;
if(typeof data26 === "string"){
if(!(formats2(data26))){
const err30 = {instancePath:instancePath+"/repoURL",schemaPath:"#/definitions/repoURL/format",keyword:"format",params:{format: "repository"},message:"must match format \""+"repository"+"\"",schema:"repository",parentSchema:schema109,data:data26};
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
const err31 = {instancePath:instancePath+"/repoURL",schemaPath:"#/definitions/repoURL/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema109.type,parentSchema:schema109,data:data26};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
if(data.enrollment !== undefined){
if(!(validate60(data.enrollment, {instancePath:instancePath+"/enrollment",parentData:data,parentDataProperty:"enrollment",rootData}))){
vErrors = vErrors === null ? validate60.errors : vErrors.concat(validate60.errors);
errors = vErrors.length;
}
}
if(data.local !== undefined){
if(!(validate63(data.local, {instancePath:instancePath+"/local",parentData:data,parentDataProperty:"local",rootData}))){
vErrors = vErrors === null ? validate63.errors : vErrors.concat(validate63.errors);
errors = vErrors.length;
}
}
}
else {
const err32 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema14.type,parentSchema:schema14,data};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
validate87.errors = vErrors;
return errors === 0;
}


function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(!(validate87(data, {instancePath,parentData,parentDataProperty,rootData}))){
vErrors = vErrors === null ? validate87.errors : vErrors.concat(validate87.errors);
errors = vErrors.length;
}
validate10.errors = vErrors;
return errors === 0;
}

export const defaults = validate103;
const schema154 = {"$ref":"images#/definitions/defaults"};
const schema124 = {"errorMessage":"expected a mapping of fields","type":"object","additionalProperties":false,"properties":{"registry":{"$ref":"#/definitions/registry"},"repository":{"$ref":"#/definitions/repository"},"platforms":{"$ref":"#/definitions/platforms"},"dockerfile":{"$ref":"#/definitions/dockerfile"},"context":{"$ref":"#/definitions/context"},"target":{"$ref":"#/definitions/target"},"args":{"$ref":"#/definitions/args"},"secrets":{"$ref":"#/definitions/secrets"},"labels":{"$ref":"#/definitions/labels"},"annotations":{"$ref":"#/definitions/annotations"},"tags":{"$ref":"#/definitions/tags"},"timeouts":{"$ref":"#/definitions/timeouts"},"network":{"$ref":"#/definitions/network"},"scan":{"$ref":"#/definitions/defaultScan"},"rebuildDelay":{"$ref":"#/definitions/rebuildDelay"},"autoRebuild":{"$ref":"#/definitions/autoRebuild"},"schedule":{"$ref":"#/definitions/schedule"},"keep":{"$ref":"#/definitions/keep"}}};
const schema131 = {"errorMessage":"expected a mapping of scan rules","type":"object","additionalProperties":false,"properties":{"severities":{"$ref":"#/definitions/severities"},"unfixed":{"$ref":"#/definitions/unfixed"},"os":{"$ref":"#/definitions/os"},"database":{"$ref":"#/definitions/defaultDatabase"},"exceptions":{"$ref":"#/definitions/exceptions"}}};
const schema134 = {"errorMessage":"expected official (sample is for single entries, where everyone sees it)","type":"string","enum":["official"]};

function validate78(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(((((key0 === "severities") || (key0 === "unfixed")) || (key0 === "os")) || (key0 === "database")) || (key0 === "exceptions"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema131,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.severities !== undefined){
if(!(validate47(data.severities, {instancePath:instancePath+"/severities",parentData:data,parentDataProperty:"severities",rootData}))){
vErrors = vErrors === null ? validate47.errors : vErrors.concat(validate47.errors);
errors = vErrors.length;
}
}
if(data.unfixed !== undefined){
let data1 = data.unfixed;
if(typeof data1 !== "boolean"){
const err1 = {instancePath:instancePath+"/unfixed",schemaPath:"#/definitions/unfixed/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema83.type,parentSchema:schema83,data:data1};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.os !== undefined){
let data2 = data.os;
if(typeof data2 !== "string"){
const err2 = {instancePath:instancePath+"/os",schemaPath:"#/definitions/os/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema84.type,parentSchema:schema84,data:data2};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!((data2 === "detect") || (data2 === "none"))){
const err3 = {instancePath:instancePath+"/os",schemaPath:"#/definitions/os/enum",keyword:"enum",params:{allowedValues: schema84.enum},message:"must be equal to one of the allowed values",schema:schema84.enum,parentSchema:schema84,data:data2};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.database !== undefined){
let data3 = data.database;
if(typeof data3 !== "string"){
const err4 = {instancePath:instancePath+"/database",schemaPath:"#/definitions/defaultDatabase/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema134.type,parentSchema:schema134,data:data3};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(!(data3 === "official")){
const err5 = {instancePath:instancePath+"/database",schemaPath:"#/definitions/defaultDatabase/enum",keyword:"enum",params:{allowedValues: schema134.enum},message:"must be equal to one of the allowed values",schema:schema134.enum,parentSchema:schema134,data:data3};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.exceptions !== undefined){
if(!(validate49(data.exceptions, {instancePath:instancePath+"/exceptions",parentData:data,parentDataProperty:"exceptions",rootData}))){
vErrors = vErrors === null ? validate49.errors : vErrors.concat(validate49.errors);
errors = vErrors.length;
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema131.type,parentSchema:schema131,data};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate78.errors = vErrors;
return errors === 0;
}


function validate104(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(func2.call(schema124.properties, key0))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema124,data};
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
if(!(formats0(data0))){
const err1 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/format",keyword:"format",params:{format: "registry"},message:"must match format \""+"registry"+"\"",schema:"registry",parentSchema:schema16,data:data0};
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
const err2 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema16.type,parentSchema:schema16,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.repository !== undefined){
let data1 = data.repository;
if(typeof data1 === "string"){
if(!(formats2(data1))){
const err3 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/format",keyword:"format",params:{format: "repository"},message:"must match format \""+"repository"+"\"",schema:"repository",parentSchema:schema17,data:data1};
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
const err4 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema17.type,parentSchema:schema17,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.platforms !== undefined){
if(!(validate14(data.platforms, {instancePath:instancePath+"/platforms",parentData:data,parentDataProperty:"platforms",rootData}))){
vErrors = vErrors === null ? validate14.errors : vErrors.concat(validate14.errors);
errors = vErrors.length;
}
}
if(data.dockerfile !== undefined){
let data3 = data.dockerfile;
if(typeof data3 === "string"){
if(!pattern1.test(data3)){
const err5 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema57,data:data3};
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
const err6 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema57.type,parentSchema:schema57,data:data3};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.context !== undefined){
let data4 = data.context;
if(typeof data4 === "string"){
if(!pattern1.test(data4)){
const err7 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema58,data:data4};
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
const err8 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema58.type,parentSchema:schema58,data:data4};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.target !== undefined){
let data5 = data.target;
if(typeof data5 === "string"){
if(!pattern24.test(data5)){
const err9 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9_.-]*$",parentSchema:schema59,data:data5};
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
const err10 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema59.type,parentSchema:schema59,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.args !== undefined){
if(!(validate32(data.args, {instancePath:instancePath+"/args",parentData:data,parentDataProperty:"args",rootData}))){
vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors);
errors = vErrors.length;
}
}
if(data.secrets !== undefined){
if(!(validate34(data.secrets, {instancePath:instancePath+"/secrets",parentData:data,parentDataProperty:"secrets",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.labels !== undefined){
if(!(validate38(data.labels, {instancePath:instancePath+"/labels",parentData:data,parentDataProperty:"labels",rootData}))){
vErrors = vErrors === null ? validate38.errors : vErrors.concat(validate38.errors);
errors = vErrors.length;
}
}
if(data.annotations !== undefined){
if(!(validate40(data.annotations, {instancePath:instancePath+"/annotations",parentData:data,parentDataProperty:"annotations",rootData}))){
vErrors = vErrors === null ? validate40.errors : vErrors.concat(validate40.errors);
errors = vErrors.length;
}
}
if(data.tags !== undefined){
if(!(validate42(data.tags, {instancePath:instancePath+"/tags",parentData:data,parentDataProperty:"tags",rootData}))){
vErrors = vErrors === null ? validate42.errors : vErrors.concat(validate42.errors);
errors = vErrors.length;
}
}
if(data.timeouts !== undefined){
if(!(validate44(data.timeouts, {instancePath:instancePath+"/timeouts",parentData:data,parentDataProperty:"timeouts",rootData}))){
vErrors = vErrors === null ? validate44.errors : vErrors.concat(validate44.errors);
errors = vErrors.length;
}
}
if(data.network !== undefined){
let data12 = data.network;
if(typeof data12 !== "string"){
const err11 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema79.type,parentSchema:schema79,data:data12};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(!((data12 === "default") || (data12 === "none"))){
const err12 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/enum",keyword:"enum",params:{allowedValues: schema79.enum},message:"must be equal to one of the allowed values",schema:schema79.enum,parentSchema:schema79,data:data12};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.scan !== undefined){
if(!(validate78(data.scan, {instancePath:instancePath+"/scan",parentData:data,parentDataProperty:"scan",rootData}))){
vErrors = vErrors === null ? validate78.errors : vErrors.concat(validate78.errors);
errors = vErrors.length;
}
}
if(data.rebuildDelay !== undefined){
let data14 = data.rebuildDelay;
if(typeof data14 === "string"){
if(!(formats28(data14))){
const err13 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/format",keyword:"format",params:{format: "delay"},message:"must match format \""+"delay"+"\"",schema:"delay",parentSchema:schema93,data:data14};
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
const err14 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema93.type,parentSchema:schema93,data:data14};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.autoRebuild !== undefined){
let data15 = data.autoRebuild;
if(typeof data15 !== "boolean"){
const err15 = {instancePath:instancePath+"/autoRebuild",schemaPath:"#/definitions/autoRebuild/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema94.type,parentSchema:schema94,data:data15};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.schedule !== undefined){
if(!(validate54(data.schedule, {instancePath:instancePath+"/schedule",parentData:data,parentDataProperty:"schedule",rootData}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.keep !== undefined){
if(!(validate56(data.keep, {instancePath:instancePath+"/keep",parentData:data,parentDataProperty:"keep",rootData}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
}
else {
const err16 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema124.type,parentSchema:schema124,data};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
validate104.errors = vErrors;
return errors === 0;
}


function validate103(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(!(validate104(data, {instancePath,parentData,parentDataProperty,rootData}))){
vErrors = vErrors === null ? validate104.errors : vErrors.concat(validate104.errors);
errors = vErrors.length;
}
validate103.errors = vErrors;
return errors === 0;
}

export const imagesWithDefaults = validate116;
const schema164 = {"$ref":"images#/definitions/imagesWithDefaults"};
const schema123 = {"errorMessage":"expected a list of images, or defaults and images","type":"object","additionalProperties":false,"required":["images"],"properties":{"defaults":{"$ref":"#/definitions/defaults"},"images":{"$ref":"#/definitions/images"}}};

function validate70(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(func2.call(schema124.properties, key0))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema124,data};
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
if(!(formats0(data0))){
const err1 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/format",keyword:"format",params:{format: "registry"},message:"must match format \""+"registry"+"\"",schema:"registry",parentSchema:schema16,data:data0};
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
const err2 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema16.type,parentSchema:schema16,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.repository !== undefined){
let data1 = data.repository;
if(typeof data1 === "string"){
if(!(formats2(data1))){
const err3 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/format",keyword:"format",params:{format: "repository"},message:"must match format \""+"repository"+"\"",schema:"repository",parentSchema:schema17,data:data1};
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
const err4 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema17.type,parentSchema:schema17,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.platforms !== undefined){
if(!(validate14(data.platforms, {instancePath:instancePath+"/platforms",parentData:data,parentDataProperty:"platforms",rootData}))){
vErrors = vErrors === null ? validate14.errors : vErrors.concat(validate14.errors);
errors = vErrors.length;
}
}
if(data.dockerfile !== undefined){
let data3 = data.dockerfile;
if(typeof data3 === "string"){
if(!pattern1.test(data3)){
const err5 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema57,data:data3};
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
const err6 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema57.type,parentSchema:schema57,data:data3};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.context !== undefined){
let data4 = data.context;
if(typeof data4 === "string"){
if(!pattern1.test(data4)){
const err7 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema58,data:data4};
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
const err8 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema58.type,parentSchema:schema58,data:data4};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.target !== undefined){
let data5 = data.target;
if(typeof data5 === "string"){
if(!pattern24.test(data5)){
const err9 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9_.-]*$",parentSchema:schema59,data:data5};
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
const err10 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema59.type,parentSchema:schema59,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.args !== undefined){
if(!(validate32(data.args, {instancePath:instancePath+"/args",parentData:data,parentDataProperty:"args",rootData}))){
vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors);
errors = vErrors.length;
}
}
if(data.secrets !== undefined){
if(!(validate34(data.secrets, {instancePath:instancePath+"/secrets",parentData:data,parentDataProperty:"secrets",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.labels !== undefined){
if(!(validate38(data.labels, {instancePath:instancePath+"/labels",parentData:data,parentDataProperty:"labels",rootData}))){
vErrors = vErrors === null ? validate38.errors : vErrors.concat(validate38.errors);
errors = vErrors.length;
}
}
if(data.annotations !== undefined){
if(!(validate40(data.annotations, {instancePath:instancePath+"/annotations",parentData:data,parentDataProperty:"annotations",rootData}))){
vErrors = vErrors === null ? validate40.errors : vErrors.concat(validate40.errors);
errors = vErrors.length;
}
}
if(data.tags !== undefined){
if(!(validate42(data.tags, {instancePath:instancePath+"/tags",parentData:data,parentDataProperty:"tags",rootData}))){
vErrors = vErrors === null ? validate42.errors : vErrors.concat(validate42.errors);
errors = vErrors.length;
}
}
if(data.timeouts !== undefined){
if(!(validate44(data.timeouts, {instancePath:instancePath+"/timeouts",parentData:data,parentDataProperty:"timeouts",rootData}))){
vErrors = vErrors === null ? validate44.errors : vErrors.concat(validate44.errors);
errors = vErrors.length;
}
}
if(data.network !== undefined){
let data12 = data.network;
if(typeof data12 !== "string"){
const err11 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema79.type,parentSchema:schema79,data:data12};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(!((data12 === "default") || (data12 === "none"))){
const err12 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/enum",keyword:"enum",params:{allowedValues: schema79.enum},message:"must be equal to one of the allowed values",schema:schema79.enum,parentSchema:schema79,data:data12};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.scan !== undefined){
if(!(validate78(data.scan, {instancePath:instancePath+"/scan",parentData:data,parentDataProperty:"scan",rootData}))){
vErrors = vErrors === null ? validate78.errors : vErrors.concat(validate78.errors);
errors = vErrors.length;
}
}
if(data.rebuildDelay !== undefined){
let data14 = data.rebuildDelay;
if(typeof data14 === "string"){
if(!(formats28(data14))){
const err13 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/format",keyword:"format",params:{format: "delay"},message:"must match format \""+"delay"+"\"",schema:"delay",parentSchema:schema93,data:data14};
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
const err14 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema93.type,parentSchema:schema93,data:data14};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.autoRebuild !== undefined){
let data15 = data.autoRebuild;
if(typeof data15 !== "boolean"){
const err15 = {instancePath:instancePath+"/autoRebuild",schemaPath:"#/definitions/autoRebuild/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema94.type,parentSchema:schema94,data:data15};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.schedule !== undefined){
if(!(validate54(data.schedule, {instancePath:instancePath+"/schedule",parentData:data,parentDataProperty:"schedule",rootData}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.keep !== undefined){
if(!(validate56(data.keep, {instancePath:instancePath+"/keep",parentData:data,parentDataProperty:"keep",rootData}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
}
else {
const err16 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema124.type,parentSchema:schema124,data};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
validate70.errors = vErrors;
return errors === 0;
}

const schema13 = {"errorMessage":"expected a list of images","type":"array","items":{"$ref":"#/definitions/image"}};

function validate13(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema14.required,parentSchema:schema14,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(func2.call(schema14.properties, key0))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema14,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.name !== undefined){
let data0 = data.name;
if(typeof data0 === "string"){
if(func3(data0) > 128){
const err2 = {instancePath:instancePath+"/name",schemaPath:"#/definitions/name/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters",schema:128,parentSchema:schema15,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!pattern0.test(data0)){
const err3 = {instancePath:instancePath+"/name",schemaPath:"#/definitions/name/pattern",keyword:"pattern",params:{pattern: "^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$"},message:"must match pattern \""+"^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$"+"\"",schema:"^(?!all$)[a-z0-9]+(?:[._-][a-z0-9]+)*$",parentSchema:schema15,data:data0};
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
const err4 = {instancePath:instancePath+"/name",schemaPath:"#/definitions/name/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema15.type,parentSchema:schema15,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.registry !== undefined){
let data1 = data.registry;
if(typeof data1 === "string"){
if(!(formats0(data1))){
const err5 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/format",keyword:"format",params:{format: "registry"},message:"must match format \""+"registry"+"\"",schema:"registry",parentSchema:schema16,data:data1};
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
const err6 = {instancePath:instancePath+"/registry",schemaPath:"#/definitions/registry/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema16.type,parentSchema:schema16,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.repository !== undefined){
let data2 = data.repository;
if(typeof data2 === "string"){
if(!(formats2(data2))){
const err7 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/format",keyword:"format",params:{format: "repository"},message:"must match format \""+"repository"+"\"",schema:"repository",parentSchema:schema17,data:data2};
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
const err8 = {instancePath:instancePath+"/repository",schemaPath:"#/definitions/repository/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema17.type,parentSchema:schema17,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.platforms !== undefined){
if(!(validate14(data.platforms, {instancePath:instancePath+"/platforms",parentData:data,parentDataProperty:"platforms",rootData}))){
vErrors = vErrors === null ? validate14.errors : vErrors.concat(validate14.errors);
errors = vErrors.length;
}
}
if(data.source !== undefined){
if(!(validate16(data.source, {instancePath:instancePath+"/source",parentData:data,parentDataProperty:"source",rootData}))){
vErrors = vErrors === null ? validate16.errors : vErrors.concat(validate16.errors);
errors = vErrors.length;
}
}
if(data.dockerfile !== undefined){
let data5 = data.dockerfile;
if(typeof data5 === "string"){
if(!pattern1.test(data5)){
const err9 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema57,data:data5};
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
const err10 = {instancePath:instancePath+"/dockerfile",schemaPath:"#/definitions/dockerfile/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema57.type,parentSchema:schema57,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.context !== undefined){
let data6 = data.context;
if(typeof data6 === "string"){
if(!pattern1.test(data6)){
const err11 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/pattern",keyword:"pattern",params:{pattern: "^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"},message:"must match pattern \""+"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$"+"\"",schema:"^(?![-/~])(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\u2028\\u2029\\\\]+$",parentSchema:schema58,data:data6};
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
const err12 = {instancePath:instancePath+"/context",schemaPath:"#/definitions/context/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema58.type,parentSchema:schema58,data:data6};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.target !== undefined){
let data7 = data.target;
if(typeof data7 === "string"){
if(!pattern24.test(data7)){
const err13 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9_.-]*$",parentSchema:schema59,data:data7};
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
const err14 = {instancePath:instancePath+"/target",schemaPath:"#/definitions/target/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema59.type,parentSchema:schema59,data:data7};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.args !== undefined){
if(!(validate32(data.args, {instancePath:instancePath+"/args",parentData:data,parentDataProperty:"args",rootData}))){
vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors);
errors = vErrors.length;
}
}
if(data.secrets !== undefined){
if(!(validate34(data.secrets, {instancePath:instancePath+"/secrets",parentData:data,parentDataProperty:"secrets",rootData}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
if(data.labels !== undefined){
if(!(validate38(data.labels, {instancePath:instancePath+"/labels",parentData:data,parentDataProperty:"labels",rootData}))){
vErrors = vErrors === null ? validate38.errors : vErrors.concat(validate38.errors);
errors = vErrors.length;
}
}
if(data.annotations !== undefined){
if(!(validate40(data.annotations, {instancePath:instancePath+"/annotations",parentData:data,parentDataProperty:"annotations",rootData}))){
vErrors = vErrors === null ? validate40.errors : vErrors.concat(validate40.errors);
errors = vErrors.length;
}
}
if(data.tags !== undefined){
if(!(validate42(data.tags, {instancePath:instancePath+"/tags",parentData:data,parentDataProperty:"tags",rootData}))){
vErrors = vErrors === null ? validate42.errors : vErrors.concat(validate42.errors);
errors = vErrors.length;
}
}
if(data.timeouts !== undefined){
if(!(validate44(data.timeouts, {instancePath:instancePath+"/timeouts",parentData:data,parentDataProperty:"timeouts",rootData}))){
vErrors = vErrors === null ? validate44.errors : vErrors.concat(validate44.errors);
errors = vErrors.length;
}
}
if(data.network !== undefined){
let data14 = data.network;
if(typeof data14 !== "string"){
const err15 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema79.type,parentSchema:schema79,data:data14};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(!((data14 === "default") || (data14 === "none"))){
const err16 = {instancePath:instancePath+"/network",schemaPath:"#/definitions/network/enum",keyword:"enum",params:{allowedValues: schema79.enum},message:"must be equal to one of the allowed values",schema:schema79.enum,parentSchema:schema79,data:data14};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.scan !== undefined){
if(!(validate46(data.scan, {instancePath:instancePath+"/scan",parentData:data,parentDataProperty:"scan",rootData}))){
vErrors = vErrors === null ? validate46.errors : vErrors.concat(validate46.errors);
errors = vErrors.length;
}
}
if(data.rebuildDelay !== undefined){
let data16 = data.rebuildDelay;
if(typeof data16 === "string"){
if(!(formats28(data16))){
const err17 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/format",keyword:"format",params:{format: "delay"},message:"must match format \""+"delay"+"\"",schema:"delay",parentSchema:schema93,data:data16};
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
const err18 = {instancePath:instancePath+"/rebuildDelay",schemaPath:"#/definitions/rebuildDelay/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema93.type,parentSchema:schema93,data:data16};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data.autoRebuild !== undefined){
let data17 = data.autoRebuild;
if(typeof data17 !== "boolean"){
const err19 = {instancePath:instancePath+"/autoRebuild",schemaPath:"#/definitions/autoRebuild/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema94.type,parentSchema:schema94,data:data17};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.schedule !== undefined){
if(!(validate54(data.schedule, {instancePath:instancePath+"/schedule",parentData:data,parentDataProperty:"schedule",rootData}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.keep !== undefined){
if(!(validate56(data.keep, {instancePath:instancePath+"/keep",parentData:data,parentDataProperty:"keep",rootData}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
if(data.allowTags !== undefined){
let data20 = data.allowTags;
if(typeof data20 === "string"){
if(!(formats36(data20))){
const err20 = {instancePath:instancePath+"/allowTags",schemaPath:"#/definitions/allowTags/format",keyword:"format",params:{format: "regular-expression"},message:"must match format \""+"regular-expression"+"\"",schema:"regular-expression",parentSchema:schema102,data:data20};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/allowTags",schemaPath:"#/definitions/allowTags/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema102.type,parentSchema:schema102,data:data20};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data.imageSelectionStrategy !== undefined){
let data21 = data.imageSelectionStrategy;
if(typeof data21 !== "string"){
const err22 = {instancePath:instancePath+"/imageSelectionStrategy",schemaPath:"#/definitions/imageSelectionStrategy/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema103.type,parentSchema:schema103,data:data21};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(!((((data21 === "Digest") || (data21 === "SemVer")) || (data21 === "Lexical")) || (data21 === "NewestBuild"))){
const err23 = {instancePath:instancePath+"/imageSelectionStrategy",schemaPath:"#/definitions/imageSelectionStrategy/enum",keyword:"enum",params:{allowedValues: schema103.enum},message:"must be equal to one of the allowed values",schema:schema103.enum,parentSchema:schema103,data:data21};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data.constraint !== undefined){
let data22 = data.constraint;
if(typeof data22 === "string"){
if(!(formats40(data22))){
const err24 = {instancePath:instancePath+"/constraint",schemaPath:"#/definitions/constraint/format",keyword:"format",params:{format: "version-range"},message:"must match format \""+"version-range"+"\"",schema:"version-range",parentSchema:schema104,data:data22};
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
const err25 = {instancePath:instancePath+"/constraint",schemaPath:"#/definitions/constraint/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema104.type,parentSchema:schema104,data:data22};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data.ignoreTags !== undefined){
if(!(validate58(data.ignoreTags, {instancePath:instancePath+"/ignoreTags",parentData:data,parentDataProperty:"ignoreTags",rootData}))){
vErrors = vErrors === null ? validate58.errors : vErrors.concat(validate58.errors);
errors = vErrors.length;
}
}
if(data.endOfLife !== undefined){
let data24 = data.endOfLife;
if(typeof data24 === "string"){
if(!(formats26(data24))){
const err26 = {instancePath:instancePath+"/endOfLife",schemaPath:"#/definitions/endOfLife/format",keyword:"format",params:{format: "day"},message:"must match format \""+"day"+"\"",schema:"day",parentSchema:schema107,data:data24};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
else {
const err27 = {instancePath:instancePath+"/endOfLife",schemaPath:"#/definitions/endOfLife/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema107.type,parentSchema:schema107,data:data24};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data.digest !== undefined){
let data25 = data.digest;
if(typeof data25 === "string"){
if(!pattern10.test(data25)){
const err28 = {instancePath:instancePath+"/digest",schemaPath:"#/definitions/digest/pattern",keyword:"pattern",params:{pattern: "^sha256:[0-9a-f]{64}$"},message:"must match pattern \""+"^sha256:[0-9a-f]{64}$"+"\"",schema:"^sha256:[0-9a-f]{64}$",parentSchema:schema108,data:data25};
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
const err29 = {instancePath:instancePath+"/digest",schemaPath:"#/definitions/digest/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema108.type,parentSchema:schema108,data:data25};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data.repoURL !== undefined){
let data26 = data.repoURL;
if(typeof data26 === "string"){
if(!(formats2(data26))){
const err30 = {instancePath:instancePath+"/repoURL",schemaPath:"#/definitions/repoURL/format",keyword:"format",params:{format: "repository"},message:"must match format \""+"repository"+"\"",schema:"repository",parentSchema:schema109,data:data26};
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
const err31 = {instancePath:instancePath+"/repoURL",schemaPath:"#/definitions/repoURL/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema109.type,parentSchema:schema109,data:data26};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
if(data.enrollment !== undefined){
if(!(validate60(data.enrollment, {instancePath:instancePath+"/enrollment",parentData:data,parentDataProperty:"enrollment",rootData}))){
vErrors = vErrors === null ? validate60.errors : vErrors.concat(validate60.errors);
errors = vErrors.length;
}
}
if(data.local !== undefined){
if(!(validate63(data.local, {instancePath:instancePath+"/local",parentData:data,parentDataProperty:"local",rootData}))){
vErrors = vErrors === null ? validate63.errors : vErrors.concat(validate63.errors);
errors = vErrors.length;
}
}
}
else {
const err32 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema14.type,parentSchema:schema14,data};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
validate13.errors = vErrors;
return errors === 0;
}


function validate12(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate13(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
vErrors = vErrors === null ? validate13.errors : vErrors.concat(validate13.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema13.type,parentSchema:schema13,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate12.errors = vErrors;
return errors === 0;
}


function validate117(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.images === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "images"},message:"must have required property '"+"images"+"'",schema:schema123.required,parentSchema:schema123,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!((key0 === "defaults") || (key0 === "images"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema123,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.defaults !== undefined){
if(!(validate70(data.defaults, {instancePath:instancePath+"/defaults",parentData:data,parentDataProperty:"defaults",rootData}))){
vErrors = vErrors === null ? validate70.errors : vErrors.concat(validate70.errors);
errors = vErrors.length;
}
}
if(data.images !== undefined){
if(!(validate12(data.images, {instancePath:instancePath+"/images",parentData:data,parentDataProperty:"images",rootData}))){
vErrors = vErrors === null ? validate12.errors : vErrors.concat(validate12.errors);
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema123.type,parentSchema:schema123,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate117.errors = vErrors;
return errors === 0;
}


function validate116(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(!(validate117(data, {instancePath,parentData,parentDataProperty,rootData}))){
vErrors = vErrors === null ? validate117.errors : vErrors.concat(validate117.errors);
errors = vErrors.length;
}
validate116.errors = vErrors;
return errors === 0;
}
