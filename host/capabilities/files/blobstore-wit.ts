/** `wasi:blobstore`, the draft that other hosts have. */
export const blobstoreWit = `
package wasi:blobstore@0.2.0-draft;

interface types {
  use wasi:io/streams@0.2.12.{input-stream, output-stream};
  type container-name = string;
  type object-name = string;
  type timestamp = u64;
  type object-size = u64;
  type error = string;
  record container-metadata {
    name: container-name,
    created-at: timestamp,
  }
  record object-metadata {
    name: object-name,
    container: container-name,
    created-at: timestamp,
    size: object-size,
  }
  record object-id {
    container: container-name,
    object: object-name
  }
  type incoming-value-async-body = input-stream;
  type incoming-value-sync-body = list<u8>;
  resource outgoing-value {
    new-outgoing-value: static func() -> outgoing-value;
    outgoing-value-write-body: func() -> result<output-stream>;
    finish: static func(this: outgoing-value) -> result<_, error>;
  }
  resource incoming-value {
    incoming-value-consume-sync: static func(this: incoming-value) -> result<incoming-value-sync-body, error>;
    incoming-value-consume-async: static func(this: incoming-value) -> result<incoming-value-async-body, error>;
    size: func() -> u64;
  }
}

interface container {
  use wasi:io/streams@0.2.12.{input-stream, output-stream};
  use types.{container-metadata, error, incoming-value, object-metadata, object-name, outgoing-value};
  resource stream-object-names {
    read-stream-object-names: func(len: u64) -> result<tuple<list<object-name>, bool>, error>;
    skip-stream-object-names: func(num: u64) -> result<tuple<u64, bool>, error>;
  }
  resource container {
    name: func() -> result<string, error>;
    info: func() -> result<container-metadata, error>;
    get-data: func(name: object-name, start: u64, end: u64) -> result<incoming-value, error>;
    write-data: func(name: object-name, data: borrow<outgoing-value>) -> result<_, error>;
    list-objects: func() -> result<stream-object-names, error>;
    delete-object: func(name: object-name) -> result<_, error>;
    delete-objects: func(names: list<object-name>) -> result<_, error>;
    has-object: func(name: object-name) -> result<bool, error>;
    object-info: func(name: object-name) -> result<object-metadata, error>;
    clear: func() -> result<_, error>;
  }
}

interface blobstore {
  use container.{container};
  use types.{error, container-name, object-id};
  create-container: func(name: container-name) -> result<container, error>;
  get-container: func(name: container-name) -> result<container, error>;
  delete-container: func(name: container-name) -> result<_, error>;
  container-exists: func(name: container-name) -> result<bool, error>;
  copy-object: func(src: object-id, dest: object-id) -> result<_, error>;
  move-object: func(src: object-id, dest: object-id) -> result<_, error>;
}
`;
