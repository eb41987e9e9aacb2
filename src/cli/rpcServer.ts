/** JSON-RPC 2.0 over HTTP, for a provider. Nothing that a client sends can make it fail for others. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Provider, ProviderRpcError, RpcErrorCode } from '../contracts/index.js';

/** What a server takes. */
interface RpcServerOptions {
  /** Bytes of a request's body. */
  readonly maxBody: number;
  /** Requests in a batch. */
  readonly maxBatch: number;
}

/** Room for the largest program in hex, and constructor data. */
const DEFAULT_OPTIONS: RpcServerOptions = { maxBody: 5_000_000, maxBatch: 1000 };
const PARSE_ERROR = -32700;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 1000;

/** What lets pages of any origin ask: everyone who reaches the server may use it anyway. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, OPTIONS',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '86400',
};

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

type RpcResponse = { readonly jsonrpc: '2.0'; readonly id: string | number | null } & (
  | { readonly result: unknown }
  | { readonly error: RpcError }
);

/** A server that answers with what a provider says. It is not listening yet. */
export function createRpcServer(provider: Provider, options: Partial<RpcServerOptions> = {}): Server {
  const limits = { ...DEFAULT_OPTIONS, ...options };
  const server = createServer((request, response) => {
    serve(provider, request, response, limits).catch((error: unknown) => {
      // The connection is gone, or the answer cannot be written as JSON.
      if (response.headersSent) response.destroy();
      else send(response, 500, failure(null, RpcErrorCode.internal, `internal error: ${messageOf(error)}`));
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

async function serve(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  { maxBody, maxBatch }: RpcServerOptions,
): Promise<void> {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, CORS).end();
    return;
  }
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST, OPTIONS');
    send(response, 405, failure(null, RpcErrorCode.invalidRequest, `expected POST, got ${request.method}`));
    return;
  }
  const body = await readBody(request, maxBody);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    send(response, 413, failure(null, RpcErrorCode.invalidRequest, `expected at most ${maxBody} bytes, got more`));
    return;
  }
  const content = parse(body);
  if (content === undefined) {
    send(response, 400, failure(null, PARSE_ERROR, 'expected JSON, got something else'));
  } else if (!Array.isArray(content.value)) {
    send(response, 200, await answer(provider, content.value));
  } else if (content.value.length === 0 || content.value.length > maxBatch) {
    const message = `expected a batch of 1 to ${maxBatch} requests, got ${content.value.length}`;
    send(response, 200, failure(null, RpcErrorCode.invalidRequest, message));
  } else {
    const answers: RpcResponse[] = [];
    for (const one of content.value) {
      const answered = await answer(provider, one);
      if (answered !== undefined) answers.push(answered);
    }
    send(response, 200, answers.length === 0 ? undefined : answers);
  }
}

/** Answers one request; undefined if it does not want to know. */
async function answer(provider: Provider, request: unknown): Promise<RpcResponse | undefined> {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return failure(null, RpcErrorCode.invalidRequest, 'expected a request as an object, or a batch of them');
  }
  const { jsonrpc, id, method, params } = request as Readonly<Record<string, unknown>>;
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    return failure(null, RpcErrorCode.invalidRequest, 'id: expected a string or a number');
  }
  const known = id ?? null;
  if (jsonrpc !== '2.0') return failure(known, RpcErrorCode.invalidRequest, 'jsonrpc: expected "2.0"');
  if (typeof method !== 'string') return failure(known, RpcErrorCode.invalidRequest, 'method: expected a name');
  if (method === 'eth_subscribe' || method === 'eth_unsubscribe') {
    return failure(known, RpcErrorCode.methodNotFound, `${method}: notifications are not supported over HTTP`);
  }
  try {
    const result = await provider.request(params === undefined ? { method } : { method, params });
    return id === undefined ? undefined : { jsonrpc: '2.0', id: known, result: result ?? null };
  } catch (error) {
    if (id === undefined) return undefined;
    if (!(error instanceof ProviderRpcError)) {
      return failure(known, RpcErrorCode.internal, `internal error: ${messageOf(error)}`);
    }
    return failure(known, error.code, error.message, error.data);
  }
}

/** The body, or undefined if it is too large; then the rest of it is not read. */
function readBody(request: IncomingMessage, maxBody: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= maxBody) {
        parts.push(part);
        return;
      }
      request.pause();
      resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
    request.on('error', reject);
  });
}

/** The value in JSON, which may be null; undefined for what is not JSON. */
function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function failure(id: string | number | null, code: number, message: string, data?: unknown): RpcResponse {
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } };
}

function send(response: ServerResponse, status: number, body: RpcResponse | readonly RpcResponse[] | undefined): void {
  if (body === undefined) {
    response.writeHead(204, CORS).end();
    return;
  }
  response.writeHead(status, { ...CORS, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
