/** `tools/call`: a call of a function, with the same bounds, counts and JSON as `/call`. What refuses or stops it is a result that says so. */

import { callerOf } from "../../../access/identity.ts";
import { toolName, toolTarget } from "../../../describe/mcp/tool-names.ts";
import { isObjectResult, toldFunctions } from "../../../describe/mcp/tools.ts";
import { isDriven } from "../../../drive/http-handler.ts";
import { asHotcellError, HotcellError } from "../../../errors.ts";
import type { Callable } from "../../../registry/api.ts";
import { beginning } from "../../../text/cut.ts";
import { exportedFunctions, FunctionPaths } from "../../../wit/exports.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";
import { problemAnswer } from "../../answer/problem.ts";
import type { Services } from "../../services.ts";
import { tracedTeller, traceOfRequest } from "../../visits/request-trace.ts";
import { visitBeside } from "../../visits/visit.ts";
import { makeCall, smallBody } from "../call/make-call.ts";
import { takeQuota } from "../quota.ts";
import type { AskedTools } from "./asked-tools.ts";
import { RpcError } from "./json-rpc.ts";
import { toolsSetting } from "./tool-list.ts";
import { modern } from "./versions.ts";

/** Result of the call as JSON text. Throws RpcError for a tool that there is not, and what refuses who asks. */
export async function callTool(request: AskedTools): Promise<string> {
  const { c, services, params, version } = request;
  const name = typeof params.name === "string" ? params.name : "";
  const target = toolTarget(name);
  if (target === undefined || toolsSetting(services, target.plugin) === undefined) throw unknownTool(name);
  const { plugin } = target;
  const visit = visitBeside(c.env);
  visit?.isAbout(plugin, target.path ?? name);
  const identity = services.access.check("call", c.req.raw.headers, plugin, c.env);
  if (visit) visit.caller = callerOf(identity);
  const complete = version === modern ? `"resultType":"complete",` : "";
  try {
    takeQuota(services, identity, c.req.raw.headers, plugin, c.env);
    const path = target.path ?? (await longPath(services, plugin, name));
    const callable = await services.registry.callable(plugin, path);
    return `{${complete}${await told(callable, request, callerOf(identity))}}`;
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (error instanceof HotcellError && error.code === "function-not-found") throw unknownTool(name);
    visit?.failed(asHotcellError(error).code);
    const problem = problemAnswer(error, tracedTeller(services, c.env)).body as string;
    return `{${complete}${refusal(problem)}}`;
  }
}

async function told(callable: Callable, request: AskedTools, caller: string | undefined): Promise<string> {
  const { c, services, params, version, bytes } = request;
  callable.requireArgumentBytes(bytes);
  const room = callable.argumentRoom(services.heap);
  try {
    const take = () => callable.json.arguments(params.arguments ?? {}, room);
    const args = bytes > smallBody ? await callable.whenFree("large", take) : take();
    const trace = traceOfRequest(c.req.raw.headers, c.env);
    const context = { fuel: 0, signal: () => c.req.raw.signal, caller, trace };
    const answer = await makeCall(callable, args, services, context);
    return content(answer, version !== modern && !isObjectResult(callable.type.result));
  } finally {
    room.release();
  }
}

/** Members of a result: the answer's JSON as it is, and as text, which is the text itself where it is one. */
function content({ body }: PlainAnswer, wrapped: boolean): string {
  if (body === undefined) return `"content":[]`;
  const json = body as string;
  const text = json.startsWith('"') ? json : JSON.stringify(json);
  const structured = wrapped ? `{"result":${json}}` : json;
  return `"content":[{"type":"text","text":${text}}],"structuredContent":${structured}`;
}

/** Members of a result that says what went wrong, and what to change. */
function refusal(problem: string): string {
  const { code, detail, payload, expected, remedy } = JSON.parse(problem) as Record<string, unknown>;
  const lines = [
    `${String(code)}: ${String(detail)}`,
    ...(payload === undefined ? [] : [`Error: ${JSON.stringify(payload)}`]),
    ...(expected === undefined ? [] : [`Expected: ${String(expected)}`]),
    ...(remedy === undefined ? [] : [String(remedy)]),
  ];
  return `"content":[{"type":"text","text":${JSON.stringify(lines.join("\n"))}}],"isError":true,"_meta":{"hotcell/problem":${problem}}`;
}

/** Path of a function whose name is too long for a tool's, among those that a list has. */
async function longPath({ registry }: Services, plugin: string, name: string): Promise<string> {
  const functions = exportedFunctions(await registry.world(plugin));
  const paths = new FunctionPaths(functions);
  for (const exported of toldFunctions(functions, isDriven)) {
    const path = paths.shortest(exported);
    if (path !== undefined && toolName(plugin, path) === name) return path;
  }
  throw unknownTool(name);
}

function unknownTool(name: string): RpcError {
  return new RpcError(
    "params",
    `Unknown tool: ${beginning(name, 150)}. tools/list has those that there are.`,
    {
      status: 200,
    },
  );
}
