// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// Money that keepers may spend; an administrator says who is a keeper.
contract Treasury is AccessControl {
    bytes32 public constant KEEPER = keccak256("KEEPER");

    event Spent(address indexed to, uint256 amount);

    error Insufficient(uint256 wanted, uint256 available);

    constructor(address administrator) payable {
        _grantRole(DEFAULT_ADMIN_ROLE, administrator);
    }

    receive() external payable {}

    function spend(address payable to, uint256 amount) external onlyRole(KEEPER) {
        if (amount > address(this).balance) revert Insufficient(amount, address(this).balance);
        (bool ok,) = to.call{value: amount}("");
        require(ok, "not taken");
        emit Spent(to, amount);
    }
}
