// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";

/// Works of art that anybody may make.
contract Art is ERC721URIStorage {
    uint256 public made;

    constructor() ERC721("Art", "ART") {}

    function make(string calldata uri) external returns (uint256 id) {
        id = ++made;
        _safeMint(msg.sender, id);
        _setTokenURI(id, uri);
    }
}

/// Takes works of art, and keeps what came with the last one.
contract Gallery is IERC721Receiver {
    address public lastFrom;
    bytes public lastNote;

    function onERC721Received(address, address from, uint256, bytes calldata note) external returns (bytes4) {
        lastFrom = from;
        lastNote = note;
        return IERC721Receiver.onERC721Received.selector;
    }
}
